//! A page that only says something: what went wrong and who mends it, or that a session is over.

use super::policy::Policy;
use super::words::Words;
use askama::Template;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use uuid::Uuid;

/// What a notice says.
#[derive(Template)]
#[template(path = "pages/notice.html")]
pub struct Notice<'a> {
    /// Language.
    pub words: &'a Words,
    /// Heading.
    pub title: &'a str,
    /// What happened, in a sentence.
    pub text: &'a str,
    /// Who mends it, in a sentence.
    pub mender: Option<&'a str>,
    /// Stable code, and what ties the page to the log.
    pub reference: Option<Reference>,
    /// Where to go from here: a text and a path on this host.
    pub link: Option<(&'a str, &'a str)>,
}

/// What an operator searches for.
pub struct Reference {
    /// The stable code.
    pub code: &'static str,
    /// Ties the page to log lines and audit events.
    pub correlation: Uuid,
}

impl Notice<'_> {
    /// As an answer.
    pub fn answer(&self, status: StatusCode) -> Response<Body> {
        super::answer(status, self, &Policy::own_form())
    }
}
