//! The page on which a person allows an application to open a session.

use crate::pages::policy::Policy;
use crate::pages::words::Words;
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};

/// CPF or CNPJ, and a one-time code.
#[derive(Template)]
#[template(path = "psc/allow.html")]
pub(super) struct Allow<'a> {
    /// Language.
    pub(super) words: &'a Words,
    /// Where the form goes: a path of ours.
    pub(super) action: &'a str,
    /// The application.
    pub(super) application: &'a str,
    /// What for, by its name on the wire.
    pub(super) scope: &'a str,
    /// Who is expected, or what was typed before.
    pub(super) holder: &'a str,
    /// What was wrong with it.
    pub(super) error: Option<&'a str>,
}

impl Allow<'_> {
    /// As an answer. Its form leads to `redirect_uri`, which is registered.
    pub(super) fn answer(&self, status: StatusCode, redirect_uri: &str) -> Response<Body> {
        crate::pages::answer(status, self, &Policy::own_form().leading_to(redirect_uri))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::inspection::inspected;
    use crate::pages::words::{ENGLISH, PORTUGUESE, SPANISH};

    #[test]
    fn page_keeps_its_form_in_every_state_and_language() {
        for words in [&ENGLISH, &PORTUGUESE, &SPANISH] {
            for (state, error) in [("plain", None), ("wrong", Some(words.code_wrong))] {
                let page = Allow {
                    words,
                    action: "/v0/oauth/authorize?response_type=code&state=\"s",
                    application: "signer",
                    scope: "single_signature",
                    holder: "52998224725",
                    error,
                };
                let html = inspected(&format!("psc-allow-{state}-{}", words.language), &page);
                assert!(html.contains(r#"name="username" value="52998224725""#));
                assert!(html.contains(r#"autocomplete="one-time-code""#));
                assert_eq!(html.contains(r#"role="alert""#), error.is_some());
            }
        }
    }
}
