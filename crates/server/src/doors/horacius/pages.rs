//! The pages of this door: one sign-in page for all three protocols.

use crate::pages::policy::Policy;
use crate::pages::words::Words;
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use identity::logout::parting::{Outcome, Parting};

/// What both forms repeat.
#[derive(Clone, Copy)]
pub(super) struct Frame<'a> {
    /// Language.
    pub(super) words: &'a Words,
    /// Where the form goes: path and query of the visit.
    pub(super) action: &'a str,
    /// Proof that the form was shown to this browser.
    pub(super) visit: &'a str,
    /// Name of the application.
    pub(super) application: &'a str,
    /// Where the answer after the sign-in goes, if it goes there by redirect.
    pub(super) leads_to: Option<&'a str>,
    /// Other ways in.
    pub(super) offers: &'a Offers,
}

/// Ways in beside user name and password.
#[derive(Debug, Default)]
pub(super) struct Offers {
    /// Whether links are sent by e-mail.
    pub(super) links: bool,
    /// Identity providers that the organization trusts.
    pub(super) partners: Vec<Partner>,
}

/// An identity provider that the organization trusts.
#[derive(Debug)]
pub(super) struct Partner {
    /// Its name here.
    pub(super) name: String,
    /// Where a sign-on through it begins: a path of ours.
    pub(super) address: String,
}

/// User name and password.
#[derive(Template)]
#[template(path = "horacius/sign_in.html")]
pub(super) struct SignIn<'a> {
    /// What both forms repeat.
    pub(super) frame: Frame<'a>,
    /// What was typed before.
    pub(super) user_name: &'a str,
    /// What was wrong with it.
    pub(super) error: Option<&'a str>,
}

/// A one-time code.
#[derive(Template)]
#[template(path = "horacius/code.html")]
pub(super) struct Code<'a> {
    /// What both forms repeat.
    pub(super) frame: Frame<'a>,
    /// The sign-in under way, sealed.
    pub(super) pending: &'a str,
    /// What was wrong with the code before.
    pub(super) error: Option<&'a str>,
}

/// Asks for the code that a device shows.
#[derive(Template)]
#[template(path = "horacius/device.html")]
pub(super) struct DeviceCode<'a> {
    /// Language.
    pub(super) words: &'a Words,
    /// Proof that the form was shown to this browser.
    pub(super) visit: &'a str,
    /// What was typed before, or came with the address.
    pub(super) user_code: &'a str,
    /// What was wrong with it.
    pub(super) error: Option<&'a str>,
}

/// Asks whether a device may go on.
#[derive(Template)]
#[template(path = "horacius/device_confirmation.html")]
pub(super) struct DeviceConfirmation<'a> {
    /// Language.
    pub(super) words: &'a Words,
    /// Proof that the form was shown to this browser.
    pub(super) visit: &'a str,
    /// The code.
    pub(super) user_code: &'a str,
    /// Name of the application.
    pub(super) application: &'a str,
    /// Who is signed in.
    pub(super) user_name: &'a str,
}

/// A session is over, and how the applications took it.
#[derive(Template)]
#[template(path = "horacius/signed_out.html")]
pub(super) struct SignedOut<'a> {
    /// Language.
    pub(super) words: &'a Words,
    /// How it went with each.
    pub(super) partings: &'a [Parting],
    /// A registered address of the application that asked.
    pub(super) back_to: Option<&'a str>,
}

impl DeviceCode<'_> {
    /// As an answer.
    pub(super) fn answer(&self, status: StatusCode) -> Response<Body> {
        crate::pages::answer(status, self, &Policy::own_form())
    }
}

impl DeviceConfirmation<'_> {
    /// As an answer.
    pub(super) fn answer(&self) -> Response<Body> {
        crate::pages::answer(StatusCode::OK, self, &Policy::own_form())
    }
}

impl SignedOut<'_> {
    /// As an answer. The pages of applications are visited in frames, which needs no JavaScript.
    pub(super) fn answer(&self) -> Response<Body> {
        let visited = self.partings.iter().filter_map(Parting::page);
        let policy = visited.fold(Policy::own_form(), Policy::framing);
        crate::pages::answer(StatusCode::OK, self, &policy)
    }

    fn outcome(&self, parting: &Parting) -> &'static str {
        let words = &self.words.horacius;
        match parting.outcome {
            Outcome::Told => words.told,
            Outcome::NotYet => words.not_told,
            Outcome::Refused => words.parting_refused,
            Outcome::Unanswered => words.parting_unanswered,
            Outcome::Unreachable => words.parting_unreachable,
            Outcome::Called(_) if parting.page().is_some() => words.parting_called,
            // Nothing is shown but the way there.
            Outcome::Called(_) => "",
        }
    }
}

impl Frame<'_> {
    // Browsers hold the redirect after a form against `form-action`, too: without the application's address there, a person
    // who typed the right password would see nothing happen.
    fn policy(&self) -> Policy {
        let policy = Policy::own_form();
        match self.leads_to {
            Some(address) => policy.leading_to(address),
            None => policy,
        }
    }
}

impl SignIn<'_> {
    /// As an answer.
    pub(super) fn answer(&self, status: StatusCode) -> Response<Body> {
        crate::pages::answer(status, self, &self.frame.policy())
    }
}

impl Code<'_> {
    /// As an answer.
    pub(super) fn answer(&self) -> Response<Body> {
        crate::pages::answer(StatusCode::OK, self, &self.frame.policy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::inspection::inspected;
    use crate::pages::words::{ENGLISH, PORTUGUESE, SPANISH};

    static NONE: Offers = Offers {
        links: false,
        partners: Vec::new(),
    };

    fn frame<'a>(words: &'static Words, offers: &'a Offers) -> Frame<'a> {
        Frame {
            offers,
            words,
            action: "/jwt/login/30251233/?return_to=\"><script>",
            visit: "proof",
            application: "Vendas & <Compras>",
            leads_to: Some("https://dante.intranet.example.com:9090/callback-url/"),
        }
    }

    #[test]
    fn sign_in_page_keeps_its_form_in_every_state_and_language() {
        let offers = Offers {
            links: true,
            partners: vec![Partner {
                name: "<Acme>".to_owned(),
                address: "/partner/acme?back=%2F".to_owned(),
            }],
        };
        for words in [&ENGLISH, &PORTUGUESE, &SPANISH] {
            for (state, error) in [
                ("plain", None),
                ("wrong", Some(words.horacius_wrong)),
                ("throttled", Some(words.throttled)),
            ] {
                let user_name = error.map_or("", |_| "\"ana\"@my-domain");
                let page = SignIn {
                    frame: frame(words, &offers),
                    user_name,
                    error,
                };
                let name = format!("horacius-sign-in-{state}-{}", words.language);
                let html = inspected(&name, &page);
                // The fields that sign-in scripts for this system look for.
                for field in [
                    r#"inputmode="email""#,
                    r#"type="password""#,
                    r#"<button type="submit""#,
                ] {
                    assert!(html.contains(field), "{html}");
                }
                assert!(!html.contains("<script"), "{html}");
                assert!(html.contains(r#"formaction="/link""#) && !html.contains("<Acme>"));
                assert_eq!(html.contains(r#"role="alert""#), error.is_some());
            }
        }
    }

    #[test]
    fn code_page_keeps_its_form_in_every_state_and_language() {
        for words in [&ENGLISH, &PORTUGUESE, &SPANISH] {
            for (state, error) in [("plain", None), ("wrong", Some(words.code_wrong))] {
                let page = Code {
                    frame: frame(words, &NONE),
                    pending: "sealed",
                    error,
                };
                let html = inspected(&format!("horacius-code-{state}-{}", words.language), &page);
                assert!(html.contains(r#"name="pending" value="sealed""#));
            }
        }
    }

    #[test]
    fn device_pages_keep_their_forms_in_every_state_and_language() {
        for words in [&ENGLISH, &PORTUGUESE, &SPANISH] {
            for (state, error) in [
                ("plain", None),
                ("wrong", Some(words.horacius.device_code_wrong)),
                ("throttled", Some(words.throttled)),
            ] {
                let page = DeviceCode {
                    words,
                    visit: "proof",
                    user_code: "BCDF-\"><script>",
                    error,
                };
                let name = format!("horacius-device-{state}-{}", words.language);
                let html = inspected(&name, &page);
                assert!(html.contains(r#"name="user_code""#) && !html.contains("<script"));
                assert_eq!(html.contains(r#"role="alert""#), error.is_some());
            }
            let page = DeviceConfirmation {
                words,
                visit: "proof",
                user_code: "BCDF-GHJK-LMNP",
                application: "Vendas & <Compras>",
                user_name: "ana@example.com",
            };
            let name = format!("horacius-device-confirmation-{}", words.language);
            let html = inspected(&name, &page);
            for decision in ["approve", "deny"] {
                assert!(html.contains(&format!(r#"name="decision" value="{decision}""#)));
            }
            assert!(html.contains("Vendas &#38; &#60;Compras&#62;"), "{html}");
        }
    }

    #[test]
    fn last_page_of_a_sign_out_says_who_does_not_know_yet() {
        for words in [&ENGLISH, &PORTUGUESE, &SPANISH] {
            let parting = |application: &str, outcome| Parting {
                application: application.to_owned(),
                outcome,
            };
            let address = "https://app.example.com/logout?a=\"b";
            let partings = [
                parting("Vendas", Outcome::Told),
                parting("<Compras>", Outcome::NotYet),
                parting("Estoque", Outcome::Refused),
                parting("Frota", Outcome::Unanswered),
                parting("Google", Outcome::Unreachable),
                parting("<Dante>", Outcome::Called(address.to_owned())),
                parting(
                    "Telefone",
                    Outcome::Called("com.example.app:/logout".to_owned()),
                ),
            ];
            let page = SignedOut {
                words,
                partings: &partings,
                back_to: Some("https://app.example.com/bye?state=\"x"),
            };
            let html = inspected(&format!("horacius-signed-out-{}", words.language), &page);
            for parting in &partings {
                assert!(html.contains(page.outcome(parting)), "{html}");
            }
            assert!(
                !html.contains("<Dante>") && !html.contains("a=\"b"),
                "{html}"
            );
            // Only what a browser can show in a frame is framed.
            assert_eq!(html.matches("<iframe").count(), 1, "{html}");
            let policy = page.answer().headers()["content-security-policy"].clone();
            let policy = policy.to_str().unwrap();
            assert!(
                policy.contains("; frame-src https://app.example.com"),
                "{policy}"
            );
            let nobody = SignedOut {
                partings: &[],
                back_to: None,
                ..page
            };
            let html = inspected(
                &format!("horacius-signed-out-plain-{}", words.language),
                &nobody,
            );
            assert!(!html.contains("<dl") && !html.contains("<iframe"), "{html}");
        }
    }

    #[test]
    fn form_may_lead_to_the_application_and_nowhere_else() {
        let page = SignIn {
            frame: frame(&ENGLISH, &NONE),
            user_name: "",
            error: None,
        };
        let response = page.answer(StatusCode::OK);
        let policy = response.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        assert!(
            policy.contains(
                "form-action 'self' https://dante.intranet.example.com:9090/callback-url/;"
            ),
            "{policy}"
        );
    }
}
