//! The pages of this door.

use super::proofs::Way;
use super::script;
use super::settings::{ERROR, PageId, SECOND_FACTOR, SIGN_IN, STAY, Settings};
use crate::pages::notice::Notice;
use crate::pages::policy::Policy;
use crate::pages::words::Words;
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use identity::approvals::Method;

/// User name and password.
#[derive(Template)]
#[template(path = "entra/sign_in.html")]
pub(super) struct SignIn<'a> {
    /// Language.
    pub(super) words: &'a Words,
    /// `$Config`.
    pub(super) settings: &'a Settings,
    /// Where the form goes.
    pub(super) action: &'a str,
    /// The request that waits.
    pub(super) context: &'a str,
    /// Host of the application.
    pub(super) application: &'a str,
    /// What was typed before.
    pub(super) user_name: &'a str,
    /// What was wrong with it.
    pub(super) error: Option<&'a str>,
}

/// A one-time code: of an application, or sent.
#[derive(Template)]
#[template(path = "entra/code.html")]
pub(super) struct Code<'a> {
    /// Language.
    pub(super) words: &'a Words,
    /// `$Config`.
    pub(super) settings: &'a Settings,
    /// Whose sign-in it is, and how else it can go on.
    pub(super) ways: &'a Ways<'a>,
    /// Where the code comes from.
    pub(super) way: Way,
    /// What was wrong with the code before.
    pub(super) error: Option<&'a str>,
}

/// A number that the telephone asks for.
#[derive(Template)]
#[template(path = "entra/approve.html")]
pub(super) struct Approve<'a> {
    /// Language.
    pub(super) words: &'a Words,
    /// `$Config`.
    pub(super) settings: &'a Settings,
    /// Whose sign-in it is, and how else it can go on.
    pub(super) ways: &'a Ways<'a>,
    /// The number.
    pub(super) number: &'a str,
    /// Why the sign-in does not go on yet.
    pub(super) error: Option<&'a str>,
}

/// A sign-in that waits for a second factor, and the other ways to prove one.
pub(super) struct Ways<'a> {
    /// The other ways.
    pub(super) others: Vec<Way>,
    /// The request that waits.
    pub(super) context: &'a str,
    /// The sign-in under way, sealed.
    pub(super) pending: &'a str,
    /// What was typed as user name.
    pub(super) user_name: &'a str,
    /// Where a message would go.
    pub(super) message_to: &'a str,
}

impl Ways<'_> {
    /// What the button of `way` says.
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "a loop of a template hands out references"
    )]
    fn label(&self, way: &Way, words: &Words) -> String {
        match way {
            Way::App => words.way_app.to_owned(),
            Way::Telephone(Method::Push) => words.way_push.to_owned(),
            Way::Telephone(Method::Message) => {
                format!("{} {}", words.way_message, self.message_to)
            }
        }
    }
}

/// "Stay signed in?"
#[derive(Template)]
#[template(path = "entra/kmsi.html")]
pub(super) struct Kmsi<'a> {
    /// Language.
    pub(super) words: &'a Words,
    /// `$Config`.
    pub(super) settings: &'a Settings,
    /// The request that waits, for the session that signed in.
    pub(super) context: &'a str,
}

/// The page that gives up.
#[derive(Template)]
#[template(path = "entra/error.html")]
pub(super) struct GivingUp<'a> {
    /// Language.
    pub(super) words: &'a Words,
    /// `$Config`.
    pub(super) settings: &'a Settings,
    /// What it says.
    pub(super) notice: &'a Notice<'a>,
}

impl SignIn<'_> {
    const PAGE: PageId = SIGN_IN;
    const SCRIPT: &'static str = script::PATH;

    /// As an answer.
    pub(super) fn answer(&self) -> Response<Body> {
        answer(self, self.settings)
    }
}

impl Approve<'_> {
    const PAGE: PageId = SECOND_FACTOR;
    const SCRIPT: &'static str = script::PATH;

    /// As an answer.
    pub(super) fn answer(&self) -> Response<Body> {
        answer(self, self.settings)
    }
}

impl Code<'_> {
    const PAGE: PageId = SECOND_FACTOR;
    const SCRIPT: &'static str = script::PATH;

    /// What to type.
    fn lead(&self) -> String {
        match self.way {
            Way::App => self.words.code_lead.to_owned(),
            Way::Telephone(_) => format!("{} {}", self.words.message_lead, self.ways.message_to),
        }
    }

    /// As an answer.
    pub(super) fn answer(&self) -> Response<Body> {
        answer(self, self.settings)
    }
}

impl Kmsi<'_> {
    const PAGE: PageId = STAY;

    /// As an answer.
    pub(super) fn answer(&self) -> Response<Body> {
        answer(self, self.settings)
    }
}

impl GivingUp<'_> {
    const PAGE: PageId = ERROR;

    /// As an answer.
    pub(super) fn answer(&self, status: StatusCode) -> Response<Body> {
        let mut response = answer(self, self.settings);
        *response.status_mut() = status;
        response
    }
}

fn answer(page: &impl Template, settings: &Settings) -> Response<Body> {
    let policy = Policy::own_form().with_script(&settings.source());
    crate::pages::answer(StatusCode::OK, page, &policy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::inspection::inspected;
    use crate::pages::words::{ENGLISH, PORTUGUESE, SPANISH};

    const LANGUAGES: [&Words; 3] = [&ENGLISH, &PORTUGUESE, &SPANISH];

    fn settings(page: PageId) -> Settings {
        let visit = crate::sign_on::visit::sample("");
        Settings::new(
            page,
            &visit,
            serde_json::json!({ "sErrorCode": "50058", "sCtx": "sealed" }),
        )
    }

    /// As clients cut the object out of the page.
    fn object(html: &str) -> serde_json::Value {
        let line = html
            .lines()
            .find_map(|line| line.strip_prefix("$Config="))
            .unwrap();
        serde_json::from_str(line.strip_suffix(';').unwrap()).unwrap()
    }

    #[test]
    fn the_sign_in_page_keeps_its_ids_and_its_object_in_every_state_and_language() {
        let settings = settings(SIGN_IN);
        for words in LANGUAGES {
            for (state, error) in [
                ("plain", None),
                ("wrong", Some(words.entra_wrong)),
                ("throttled", Some(words.throttled)),
            ] {
                let page = SignIn {
                    words,
                    settings: &settings,
                    action: "/11111111-2222-4333-8444-555555555555/login",
                    context: "sealed",
                    application: "storagegrid.example.com",
                    user_name: if error.is_some() {
                        "<ana>@my-domain"
                    } else {
                        ""
                    },
                    error,
                };
                let html = inspected(&format!("entra-sign-in-{state}-{}", words.language), &page);
                assert_eq!(object(&html)["pgid"], "ConvergedSignIn");
                assert_eq!(object(&html)["sErrorCode"], "50058");
                assert!(html.contains(r#"<meta name="PageID" content="ConvergedSignIn">"#));
                assert_eq!(html.contains(r#"id="passwordError""#), error.is_some());
            }
        }
    }

    /// A sign-in that can go on in every way but the one that is shown.
    fn ways(shown: Way) -> Ways<'static> {
        Ways {
            others: Way::ALL.into_iter().filter(|way| *way != shown).collect(),
            context: "sealed",
            pending: "pending",
            user_name: "mfa-user@my-domain",
            message_to: "······34",
        }
    }

    #[test]
    fn the_code_page_keeps_its_ids_and_its_object_in_every_state_and_language() {
        let settings = settings(SECOND_FACTOR);
        for words in LANGUAGES {
            for way in [Way::App, Way::Telephone(Method::Message)] {
                for (state, error) in [("plain", None), ("wrong", Some(words.code_wrong))] {
                    let page = Code {
                        words,
                        settings: &settings,
                        ways: &ways(way),
                        way,
                        error,
                    };
                    let name = format!("entra-code-{}-{state}-{}", way.name(), words.language);
                    let html = inspected(&name, &page);
                    assert_eq!(object(&html)["pgid"], "ConvergedTFA");
                    for id in [
                        "idDiv_SAOTCC_Description",
                        "idTxtBx_SAOTCC_OTC",
                        "signInAnotherWay",
                    ] {
                        assert!(html.contains(&format!("id=\"{id}\"")), "{id}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_page_with_a_number_keeps_its_ids_in_every_state_and_language() {
        let settings = settings(SECOND_FACTOR);
        let way = Way::Telephone(Method::Push);
        for words in LANGUAGES {
            for (state, error) in [("plain", None), ("waiting", Some(words.approve_waiting))] {
                let page = Approve {
                    words,
                    settings: &settings,
                    ways: &ways(way),
                    number: "42",
                    error,
                };
                let html = inspected(&format!("entra-approve-{state}-{}", words.language), &page);
                assert!(html.contains("id=\"idDiv_SAOTCAS_Description\""));
                assert!(
                    html.contains(r#"<p id="idRichContext_DisplaySign" class="number">42</p>"#)
                );
                assert!(html.contains(r#"<div data-value="PhoneAppOTP">"#));
                assert_eq!(html.contains("idDiv_SAASTO_Description"), error.is_some());
            }
        }
    }

    #[test]
    fn the_page_about_staying_keeps_its_ids_in_every_language() {
        let settings = settings(STAY);
        for words in LANGUAGES {
            let html = inspected(
                &format!("entra-kmsi-{}", words.language),
                &Kmsi {
                    words,
                    settings: &settings,
                    context: "sealed",
                },
            );
            assert_eq!(object(&html)["pgid"], "KmsiInterrupt");
            for id in ["KmsiDescription", "idSIButton9", "idBtn_Back"] {
                assert!(html.contains(&format!("id=\"{id}\"")), "{id}");
            }
        }
    }

    #[test]
    fn the_page_that_gives_up_says_why_to_people_and_to_scripts() {
        let settings = settings(ERROR);
        for words in LANGUAGES {
            let failure = crate::sign_on::Failure::Expired;
            let moment = crate::sign_on::visit::sample("").moment;
            let notice = failure.notice(words, &moment);
            let page = GivingUp {
                words,
                settings: &settings,
                notice: &notice,
            };
            let html = inspected(&format!("entra-error-{}", words.language), &page);
            assert_eq!(object(&html)["pgid"], "ConvergedError");
            assert!(html.contains(words.refused_expired), "{html}");
            assert!(html.contains(r#"<dd id="errorCode">sign_on.expired</dd>"#));
        }
    }

    #[test]
    fn a_browser_runs_the_object_and_the_script_of_this_host_only() {
        let settings = settings(STAY);
        let response = Kmsi {
            words: &ENGLISH,
            settings: &settings,
            context: "sealed",
        }
        .answer();
        let policy = response.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        assert!(
            policy.ends_with(&format!(
                "; script-src 'self' {}; connect-src 'self'",
                settings.source()
            )),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
    }
}
