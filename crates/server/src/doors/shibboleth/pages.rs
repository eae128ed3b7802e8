//! The pages of this door.

use crate::pages::policy::Policy;
use crate::pages::words::Words;
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};

/// User name and password.
#[derive(Template)]
#[template(path = "shibboleth/sign_in.html")]
pub(super) struct SignIn<'a> {
    /// Language.
    pub(super) words: &'a Words,
    /// Where the form goes: a path of ours.
    pub(super) action: &'a str,
    /// The relying party.
    pub(super) application: &'a str,
    /// Where a link by e-mail is asked for, if one is sent.
    pub(super) link: Option<&'a str>,
    /// What was typed before.
    pub(super) user_name: &'a str,
    /// What was wrong with it.
    pub(super) error: Option<&'a str>,
}

/// A one-time code.
#[derive(Template)]
#[template(path = "shibboleth/code.html")]
pub(super) struct Code<'a> {
    /// Language.
    pub(super) words: &'a Words,
    /// Where the form goes: a path of ours.
    pub(super) action: &'a str,
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

    #[test]
    fn pages_keep_their_forms_in_every_state_and_language() {
        for words in [&ENGLISH, &PORTUGUESE, &SPANISH] {
            let action = "/idp/profile/SAML2/Unsolicited/SSO?execution=sealed";
            for (state, error) in [("plain", None), ("wrong", Some(words.adfs_wrong))] {
                let sign_in = SignIn {
                    words,
                    action,
                    application: "iam.example.com",
                    link: error.map(|_| "/idp/link?execution=sealed"),
                    user_name: "ana\"",
                    error,
                };
                let name = format!("shibboleth-sign-in-{state}-{}", words.language);
                let html = inspected(&name, &sign_in);
                assert!(
                    html.contains(r#"name="j_username""#) && html.contains(r#"name="j_password""#)
                );
                assert_eq!(html.contains(r#"role="alert""#), error.is_some());
                let code = Code {
                    words,
                    action,
                    pending: "sealed",
                    error,
                };
                let html = inspected(
                    &format!("shibboleth-code-{state}-{}", words.language),
                    &code,
                );
                assert!(html.contains(r#"name="j_tokenNumber""#));
                assert_eq!(html.contains(r#"role="alert""#), error.is_some());
            }
        }
    }
}
