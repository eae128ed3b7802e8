//! What people read on their own pages and in letters, once per language. Apart from the sign-in pages' texts because no
//! client matches on these.

mod english;
mod portuguese;
mod spanish;

pub use english::ENGLISH;
pub use portuguese::PORTUGUESE;
pub use spanish::SPANISH;

/// The texts of one language.
#[derive(Debug)]
#[expect(
    missing_docs,
    reason = "each field is documented by its own English text"
)]
pub struct PeopleWords {
    // Letters.
    pub letter_greeting: &'static str,
    pub letter_sign_in: &'static str,
    pub letter_sign_in_lead: &'static str,
    pub letter_sign_in_ignore: &'static str,
    pub letter_password: &'static str,
    pub letter_password_lead: &'static str,
    pub letter_password_ignore: &'static str,
    pub letter_until: &'static str,
    pub letter_until_anywhere: &'static str,

    // Links by e-mail.
    pub link_ask: &'static str,
    pub link_ask_lead: &'static str,
    pub link_forgotten: &'static str,
    pub link_forgotten_lead: &'static str,
    pub link_name: &'static str,
    pub link_send: &'static str,
    pub link_sent: &'static str,
    pub link_sent_text: &'static str,
    pub link_enter: &'static str,
    pub link_enter_lead: &'static str,
    pub link_over: &'static str,
    pub link_over_text: &'static str,
    pub link_again: &'static str,

    // Passwords that people choose.
    pub password_old: &'static str,
    pub password_new: &'static str,
    pub password_repeat: &'static str,
    pub password_rule: &'static str,
    pub password_differs: &'static str,
    pub password_short: &'static str,
    pub password_long: &'static str,
    pub password_common: &'static str,
    pub password_none_yet: &'static str,
    pub password_elsewhere: &'static str,
    pub password_set: &'static str,
    pub password_set_done: &'static str,
    pub password_set_done_text: &'static str,

    // The start page.
    pub applications: &'static str,
    pub applications_none: &'static str,
    pub my_account: &'static str,
    pub start_page: &'static str,
    pub partner: &'static str,

    // The account page.
    pub change_password: &'static str,
    pub change_ends: &'static str,
    pub authenticator: &'static str,
    pub authenticator_off: &'static str,
    pub authenticator_on: &'static str,
    pub authenticator_enrol: &'static str,
    pub authenticator_replace: &'static str,
    pub authenticator_remove: &'static str,
    pub authenticator_scan: &'static str,
    pub authenticator_picture: &'static str,
    pub authenticator_key: &'static str,
    pub authenticator_confirm: &'static str,
    pub authenticator_new_code: &'static str,
    pub authenticator_old_code: &'static str,
    pub authenticator_wrong: &'static str,
    pub enrolment_over: &'static str,
    pub recovery: &'static str,
    pub recovery_left: &'static str,
    pub recovery_draw: &'static str,
    pub recovery_lead: &'static str,
    pub recovery_kept: &'static str,
    pub sessions: &'static str,
    pub session_own: &'static str,
    pub session_since: &'static str,
    pub session_seen: &'static str,
    pub session_from: &'static str,
    pub session_parties: &'static str,
    pub session_unknown: &'static str,
    pub elsewhere: &'static str,
    pub done_password: &'static str,
    pub done_removed: &'static str,
    pub done_elsewhere: &'static str,
    pub wrong_password: &'static str,
    pub overtaken: &'static str,

    // Signing out.
    pub sign_out_confirm: &'static str,
}
