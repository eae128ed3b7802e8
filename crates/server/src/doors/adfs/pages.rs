//! The pages of this door.

use super::address::Address;
use crate::pages::policy::Policy;
use crate::pages::words::Words;
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};

/// What both forms repeat.
#[derive(Clone, Copy)]
pub(super) struct Frame<'a> {
    /// Language.
    pub(super) words: &'a Words,
    /// Where the form goes.
    pub(super) address: &'a Address,
    /// A request of the POST binding, which no URL repeats.
    pub(super) carried: Option<Carried<'a>>,
}

/// A request of the POST binding, as it came.
#[derive(Clone, Copy)]
pub(super) struct Carried<'a> {
    /// `SAMLRequest`.
    pub(super) saml_request: &'a str,
    /// `RelayState`.
    pub(super) relay_state: Option<&'a str>,
}

/// User name and password.
#[derive(Template)]
#[template(path = "adfs/sign_in.html")]
pub(super) struct SignIn<'a> {
    /// What both forms repeat.
    pub(super) frame: Frame<'a>,
    /// Host of the application, if one asked.
    pub(super) application: Option<&'a str>,
    /// What was typed before.
    pub(super) user_name: &'a str,
    /// What was wrong with it.
    pub(super) error: Option<&'a str>,
}

/// A one-time code.
#[derive(Template)]
#[template(path = "adfs/code.html")]
pub(super) struct Code<'a> {
    /// What both forms repeat.
    pub(super) frame: Frame<'a>,
    /// The sign-in under way, sealed.
    pub(super) pending: &'a str,
    /// What was wrong with the code before.
    pub(super) error: Option<&'a str>,
}

impl SignIn<'_> {
    /// As an answer.
    pub(super) fn answer(&self, status: StatusCode) -> Response<Body> {
        crate::pages::answer(status, self, &Policy::own_form())
    }
}

impl Code<'_> {
    /// As an answer.
    pub(super) fn answer(&self) -> Response<Body> {
        crate::pages::answer(StatusCode::OK, self, &Policy::own_form())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::inspection::inspected;
    use crate::pages::words::{ENGLISH, PORTUGUESE, SPANISH};

    const CARRIED: Carried<'_> = Carried {
        saml_request: "PHNhbWxwOkF1dGhuUmVxdWVzdD4=",
        relay_state: Some("\"><script>alert(1)</script>"),
    };

    fn each(mut page: impl FnMut(&'static Words, Option<Carried<'_>>)) {
        for words in [&ENGLISH, &PORTUGUESE, &SPANISH] {
            page(words, None);
            page(words, Some(CARRIED));
        }
    }

    fn address() -> Address {
        Address::new(
            "/adfs/ls/",
            "SAMLRequest=fZHLbsIwEEV%2FJ&RelayState=12345",
            "00000000-0000-0000-ee02-0080000000de",
        )
    }

    #[test]
    fn the_sign_in_page_keeps_its_form_in_every_state_and_language() {
        let address = address();
        each(|words, carried| {
            for (state, error) in [
                ("plain", None),
                ("wrong", Some(words.adfs_wrong)),
                ("throttled", Some(words.throttled)),
            ] {
                let page = SignIn {
                    frame: Frame {
                        words,
                        address: &address,
                        carried,
                    },
                    application: Some("storagegrid.example.com"),
                    user_name: if error.is_some() {
                        "\"ana\"@my-domain"
                    } else {
                        ""
                    },
                    error,
                };
                let html = inspected(&format!("adfs-sign-in-{state}-{}", words.language), &page);
                // As the document's step d looks for it, and as its step f needs it.
                assert!(html.lines().any(|line| {
                    line.starts_with(r#"<form method="post" id="loginForm""#)
                        && line.contains(r#"action="/adfs/ls/?SAMLRequest=fZHLbsIwEEV%2FJ&RelayState=12345&client-request-id=00000000-0000-0000-ee02-0080000000de""#)
                }));
                assert!(error.is_none_or(|error| html.contains(&format!(
                    r#"<label id="errorText" for="userNameInput">{error}</label>"#
                ))));
                assert!(!html.contains("<script"), "{html}");
            }
        });
    }

    #[test]
    fn the_code_page_keeps_its_form_in_every_state_and_language() {
        let address = address();
        each(|words, carried| {
            for (state, error) in [("plain", None), ("wrong", Some(words.code_wrong))] {
                let page = Code {
                    frame: Frame {
                        words,
                        address: &address,
                        carried,
                    },
                    pending: "sealed",
                    error,
                };
                let html = inspected(&format!("adfs-code-{state}-{}", words.language), &page);
                assert!(html.contains(
                    r#"<input id="context" type="hidden" name="Context" value="sealed"/>"#
                ));
                assert!(html.contains(r#"name="VerificationCode""#));
            }
        });
    }
}
