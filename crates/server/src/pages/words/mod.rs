//! Every text that a person reads, once per language. A text that a language lacks does not compile.
//!
//! The English sentences about wrong credentials are the ones that clients of the documented systems search pages for: they
//! are part of the wire shape and must not be reworded.

mod english;
mod horacius;
pub mod people;
mod portuguese;
mod spanish;

pub use english::ENGLISH;
pub use horacius::Horacius;
pub use people::PeopleWords;
pub use portuguese::PORTUGUESE;
pub use spanish::SPANISH;

/// The texts of one language.
#[derive(Debug)]
#[expect(
    missing_docs,
    reason = "each field is documented by its own English text"
)]
pub struct Words {
    /// BCP 47 tag.
    pub language: &'static str,
    /// The HORACIUS door's own pages.
    pub horacius: &'static Horacius,

    // Signing in.
    pub sign_in: &'static str,
    pub sign_in_lead: &'static str,
    pub sign_in_for: &'static str,
    pub user_name: &'static str,
    pub holder: &'static str,
    pub password: &'static str,
    pub cancel: &'static str,

    // What went wrong with what was typed.
    pub adfs_wrong: &'static str,
    pub pingfederate_wrong: &'static str,
    pub entra_wrong: &'static str,
    pub user_name_missing: &'static str,
    pub horacius_wrong: &'static str,
    pub throttled: &'static str,
    pub start_again: &'static str,

    // The second factor.
    pub code_title: &'static str,
    pub code_lead: &'static str,
    pub code_label: &'static str,
    pub verify: &'static str,
    pub code_wrong: &'static str,
    pub message_lead: &'static str,
    pub approve_lead: &'static str,
    pub approved: &'static str,
    pub approve_waiting: &'static str,
    pub approve_denied: &'static str,
    pub other_ways: &'static str,
    pub way_app: &'static str,
    pub way_push: &'static str,
    pub way_message: &'static str,

    // Staying signed in.
    pub stay: &'static str,
    pub stay_lead: &'static str,
    pub yes: &'static str,
    pub no: &'static str,
    pub next: &'static str,
    pub another_account: &'static str,

    // Handing over.
    pub hand_over_without_script: &'static str,
    pub hand_over_button: &'static str,

    // Sessions.
    pub signed_in: &'static str,
    pub signed_in_as: &'static str,
    pub account: &'static str,
    pub choose_account: &'static str,
    pub sign_out: &'static str,
    pub sign_out_question: &'static str,
    pub signed_out: &'static str,
    pub signed_out_text: &'static str,
    pub cancelled: &'static str,
    pub cancelled_text: &'static str,

    // Refusals: what happened, and who mends it.
    pub refused: &'static str,
    pub refused_unreadable: &'static str,
    pub refused_unknown_party: &'static str,
    pub refused_signature: &'static str,
    pub refused_rule: &'static str,
    pub refused_foreign: &'static str,
    pub refused_loop: &'static str,
    pub refused_sign_on: &'static str,
    pub refused_expired: &'static str,
    pub refused_form: &'static str,
    pub mender_application: &'static str,
    pub mender_operator: &'static str,
    pub mender_person: &'static str,
    pub unavailable: &'static str,
    pub unavailable_text: &'static str,
    pub code: &'static str,
    pub correlation: &'static str,

    // People's own pages, and letters.
    pub people: &'static PeopleWords,
}
