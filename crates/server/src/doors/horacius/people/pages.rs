//! The pages of a person.

use super::super::cookies::Browser;
use super::browser_name;
use crate::pages::picture::Picture;
use crate::pages::policy::Policy;
use crate::pages::words::Words;
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use identity::people::{Enrolment, Means, OpenSession};
use jiff::Timestamp;

/// Where a person finds the applications.
#[derive(Template)]
#[template(path = "people/start.html")]
pub(super) struct Start<'a> {
    pub(super) words: &'a Words,
    pub(super) organization: &'a str,
    pub(super) user: &'a str,
    /// Name and address of each application.
    pub(super) homes: &'a [(String, String)],
}

/// The parts of the account page that can say what went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Password,
    Authenticator,
}

/// The account page.
#[derive(Template)]
#[template(path = "people/account.html")]
pub(super) struct Account<'a> {
    pub(super) words: &'a Words,
    pub(super) user: &'a str,
    /// Proof that the forms were shown to this browser.
    pub(super) visit: &'a str,
    /// What can be proved here, and so be changed.
    pub(super) means: Means,
    /// Whether letters leave from here.
    pub(super) delivers: bool,
    pub(super) recovery_left: u64,
    pub(super) sessions: &'a [Line],
    /// What was done just now.
    pub(super) done: Option<&'a str>,
    /// What went wrong, and where.
    pub(super) error: Option<(Section, &'a str)>,
}

/// A session, for people.
pub(super) struct Line {
    browser: String,
    own: bool,
    since: String,
    seen: String,
    client: Option<String>,
    parties: String,
}

/// An authenticator is enrolled.
#[derive(Template)]
#[template(path = "people/authenticator.html")]
pub(super) struct Authenticator<'a> {
    words: &'a Words,
    picture: Option<Picture>,
    secret: String,
    sealed: &'a str,
    visit: String,
    /// Whether it replaces one, a code of which is asked for.
    replacing: bool,
    error: Option<&'a str>,
}

/// Recovery codes, shown once.
#[derive(Template)]
#[template(path = "people/recovery_codes.html")]
pub(super) struct Codes<'a> {
    pub(super) words: &'a Words,
    pub(super) codes: &'a [String],
}

/// A password is set anew.
#[derive(Template)]
#[template(path = "people/password.html")]
pub(super) struct NewPassword<'a> {
    pub(super) words: &'a Words,
    pub(super) action: &'a str,
    pub(super) link: &'a str,
    pub(super) visit: &'a str,
    pub(super) error: Option<&'a str>,
}

/// A page as an answer.
pub(super) fn show(template: &impl Template) -> Response<Body> {
    crate::pages::answer(StatusCode::OK, template, &Policy::own_form())
}

impl Account<'_> {
    fn error_in(&self, section: Section) -> Option<&str> {
        self.error
            .filter(|(there, _)| *there == section)
            .map(|(_, text)| text)
    }
}

impl Line {
    pub(super) fn of(session: OpenSession, words: &Words) -> Self {
        let browser = session.browser.as_deref().map(browser_name::of);
        Self {
            browser: browser.unwrap_or_else(|| words.people.session_unknown.to_owned()),
            own: session.own,
            since: minute(session.since),
            seen: minute(session.last_seen),
            client: session.client,
            parties: session.parties.join(", "),
        }
    }
}

impl<'a> Authenticator<'a> {
    pub(super) fn of(
        words: &'a Words,
        enrolment: &'a Enrolment,
        browser: &Browser,
        (replacing, error): (bool, Option<&'a str>),
    ) -> Self {
        Self {
            words,
            picture: Picture::of(&enrolment.uri),
            secret: in_fours(&enrolment.secret),
            sealed: &enrolment.sealed,
            visit: browser.proof(),
            replacing,
            error,
        }
    }
}

/// To the minute, in UTC: whose clock shows something else can tell which one is meant.
fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Groups of four, which people can type.
fn in_fours(secret: &str) -> String {
    let mut text = String::new();
    for (at, letter) in secret.chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            text.push(' ');
        }
        text.push(letter);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::inspection::inspected;
    use crate::pages::words::{ENGLISH, PORTUGUESE, SPANISH};
    use crate::sign_on::visit::sample;

    fn session(own: bool) -> OpenSession {
        OpenSession {
            id: "1".into(),
            door: "horacius".into(),
            since: Timestamp::UNIX_EPOCH,
            last_seen: Timestamp::UNIX_EPOCH,
            browser: (!own).then(|| "<b>Firefox/1 (Linux)".into()),
            client: Some("192.0.2.1".into()),
            parties: vec!["<Dante>".into(), "Google".into()],
            own,
        }
    }

    #[test]
    fn start_page_keeps_what_pages_keep() {
        let homes = [(
            "<Dante>".to_owned(),
            "https://app.example.com/?a=\"b".to_owned(),
        )];
        for words in [&ENGLISH, &PORTUGUESE, &SPANISH] {
            for (state, homes) in [("some", &homes[..]), ("none", &[])] {
                let page = Start {
                    words,
                    organization: "Comercial & Cia",
                    user: "<ana>@example.com",
                    homes,
                };
                let html = inspected(&format!("start-{state}-{}", words.language), &page);
                assert!(!html.contains("<Dante>") && !html.contains("<ana>"));
            }
        }
    }

    #[test]
    fn account_page_keeps_its_forms_in_every_state_and_language() {
        for words in [&ENGLISH, &PORTUGUESE, &SPANISH] {
            for authenticator in [false, true] {
                for section in [Section::Password, Section::Authenticator] {
                    let lines = [session(true), session(false)].map(|s| Line::of(s, words));
                    let page = Account {
                        words,
                        user: "<ana>@example.com",
                        visit: "proof",
                        means: Means {
                            password: true,
                            authenticator,
                            letters: true,
                        },
                        delivers: true,
                        recovery_left: 9,
                        sessions: &lines,
                        done: Some(words.people.done_password),
                        error: Some((section, words.people.wrong_password)),
                    };
                    let name = format!("account-{authenticator}-{section:?}-{}", words.language);
                    let html = inspected(&name, &page);
                    assert!(!html.contains("<Dante>") && !html.contains("<b>"));
                    assert!(html.contains(r#"action="/account/password""#));
                    let shown = authenticator || section == Section::Password;
                    assert_eq!(html.contains(r#"role="alert""#), shown);
                }
            }
        }
    }

    #[test]
    fn account_page_shows_no_form_that_could_only_refuse() {
        for words in [&ENGLISH, &PORTUGUESE, &SPANISH] {
            for letters in [false, true] {
                let lines = [Line::of(session(true), words)];
                let page = Account {
                    words,
                    user: "ana@partner.example",
                    visit: "proof",
                    means: Means {
                        password: false,
                        authenticator: false,
                        letters,
                    },
                    delivers: true,
                    recovery_left: 0,
                    sessions: &lines,
                    done: None,
                    error: None,
                };
                let name = format!("account-without-password-{letters}-{}", words.language);
                let html = inspected(&name, &page);
                assert!(!html.contains("<form") && !html.contains("/account/authenticator"));
                assert_eq!(html.contains(r#"href="/forgotten""#), letters);
            }
        }
    }

    #[test]
    fn enrolment_shows_a_picture_and_the_secret_in_groups() {
        let enrolment = Enrolment {
            secret: "GEZDGNBVGY3TQOJQ".into(),
            uri: "otpauth://totp/a:b?secret=GEZDGNBVGY3TQOJQ".into(),
            sealed: "sealed".into(),
        };
        let browser = Browser::fresh(&sample(""));
        for words in [&ENGLISH, &PORTUGUESE, &SPANISH] {
            for replacing in [false, true] {
                let error = replacing.then_some(words.people.authenticator_wrong);
                let page = Authenticator::of(words, &enrolment, &browser, (replacing, error));
                let name = format!("authenticator-{replacing}-{}", words.language);
                let html = inspected(&name, &page);
                assert!(html.contains("GEZD GNBV GY3T QOJQ") && html.contains("<svg viewBox"));
            }
            let codes = ["1234 5678 9012 3456".to_owned()];
            inspected(
                &format!("recovery-codes-{}", words.language),
                &Codes {
                    words,
                    codes: &codes,
                },
            );
            let page = NewPassword {
                words,
                action: "/forgotten/set",
                link: "sealed",
                visit: "proof",
                error: Some(words.people.password_short),
            };
            inspected(&format!("new-password-{}", words.language), &page);
        }
    }
}
