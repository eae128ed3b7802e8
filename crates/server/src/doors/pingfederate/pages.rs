//! The pages of this door.

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
    /// `https://host`, from which clients build the form's URL.
    pub(super) origin: &'a str,
    /// Where the form goes: a path of ours.
    pub(super) action: &'a str,
}

/// User name and password.
#[derive(Template)]
#[template(path = "pingfederate/sign_in.html")]
pub(super) struct SignIn<'a> {
    /// What both forms repeat.
    pub(super) frame: Frame<'a>,
    /// Host of the application.
    pub(super) application: &'a str,
    /// What was typed before.
    pub(super) user_name: &'a str,
    /// What was wrong with it.
    pub(super) error: Option<&'a str>,
}

/// A one-time code.
#[derive(Template)]
#[template(path = "pingfederate/code.html")]
pub(super) struct Code<'a> {
    /// What both forms repeat.
    pub(super) frame: Frame<'a>,
    /// The sign-in under way, sealed: it proves too that the form is ours.
    pub(super) pending: &'a str,
    /// What was wrong with the code before.
    pub(super) error: Option<&'a str>,
}

impl SignIn<'_> {
    /// As an answer.
    pub(super) fn answer(&self, status: StatusCode) -> Response<Body> {
        crate::pages::answer(status, self, &Policy::own_form().with_base())
    }
}

impl Code<'_> {
    /// As an answer.
    pub(super) fn answer(&self) -> Response<Body> {
        crate::pages::answer(StatusCode::OK, self, &Policy::own_form().with_base())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::inspection::inspected;
    use crate::pages::words::{ENGLISH, PORTUGUESE, SPANISH};

    fn frame(words: &'static Words) -> Frame<'static> {
        let action = "/idp/9abjd/resumeSAML20/idp/SSO.ping";
        Frame {
            words,
            origin: "https://my-pf-baseurl",
            action,
        }
    }

    #[test]
    fn the_form_adapter_page_keeps_the_lines_that_the_document_greps() {
        for words in [&ENGLISH, &PORTUGUESE, &SPANISH] {
            for (state, error) in [
                ("plain", None),
                ("wrong", Some(words.pingfederate_wrong)),
                ("throttled", Some(words.throttled)),
            ] {
                let user_name = if error.is_some() { "ana\"" } else { "" };
                let page = SignIn {
                    frame: frame(words),
                    application: "storagegrid.example.com",
                    user_name,
                    error,
                };
                let html = inspected(
                    &format!("pingfederate-sign-in-{state}-{}", words.language),
                    &page,
                );
                for line in [
                    r#"<base href="https://my-pf-baseurl/"/>"#,
                    r#"<form method="POST" action="/idp/9abjd/resumeSAML20/idp/SSO.ping" autocomplete="off">"#,
                    r#"<input type="hidden" name="pf.adapterId" id="pf.adapterId" value="PasswordForm">"#,
                ] {
                    assert_eq!(
                        html.lines().filter(|have| *have == line).count(),
                        1,
                        "{line}\n{html}"
                    );
                }
                assert!(
                    error.is_none_or(|error| html.contains(&error.replace('\'', "&#39;"))),
                    "{html}"
                );
            }
        }
    }

    #[test]
    fn the_code_page_keeps_its_form_in_every_state_and_language() {
        for words in [&ENGLISH, &PORTUGUESE, &SPANISH] {
            for (state, error) in [("plain", None), ("wrong", Some(words.code_wrong))] {
                let page = Code {
                    frame: frame(words),
                    pending: "sealed",
                    error,
                };
                let html = inspected(
                    &format!("pingfederate-code-{state}-{}", words.language),
                    &page,
                );
                assert!(html.contains(r#"<input type="hidden" name="csrfToken" value="sealed">"#));
                assert!(html.contains(r#"name="otp""#));
            }
        }
    }
}
