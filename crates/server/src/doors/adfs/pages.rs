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
