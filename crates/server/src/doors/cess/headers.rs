//! The headers of a transaction: what a client shows and asks, and what it and an upstream are told.

use super::problem::problem;
use axum::response::Response;
use hyper::header::{AUTHORIZATION, HeaderName};
use hyper::{HeaderMap, StatusCode};
use identity::gateway::authorization::{Credential, Malformed};
use identity::gateway::transaction::{BadWish, Wishes};
use jiff::SignedDuration;

/// What a client asks of its session.
pub(super) const CONFIGURATION: HeaderName = HeaderName::from_static("vcschemacfg");
/// What it is told.
pub(crate) const DATA: HeaderName = HeaderName::from_static("vcschemadata");
/// Everything that tells an upstream who is behind a transaction begins with this; a client's own is taken off.
pub(super) const OURS: &str = "x-portaria-";
/// Who is behind it.
pub(crate) const HOLDER: HeaderName = HeaderName::from_static("x-portaria-holder");
/// Which provider says so.
pub(crate) const PROVIDER: HeaderName = HeaderName::from_static("x-portaria-provider");

/// What a client shows and asks.
pub(crate) struct Demand {
    credential: Credential,
    wishes: Wishes,
}

impl Demand {
    /// Reads both headers, or says which of them is no good: 401 for the credential, 400 for the wishes.
    pub(crate) fn read(headers: &HeaderMap) -> Result<Self, Box<Response>> {
        let credential = credential(headers).map_err(|malformed| {
            let text = malformed.to_string();
            Box::new(problem(StatusCode::UNAUTHORIZED, malformed.code(), &text))
        })?;
        let wishes = wishes(headers).map_err(|bad| {
            let text = bad.to_string();
            Box::new(problem(StatusCode::BAD_REQUEST, bad.code(), &text))
        })?;
        Ok(Self { credential, wishes })
    }

    /// As the rules take it, for an application with that default lifetime.
    pub(crate) fn of_application(self, lifetime: Option<SignedDuration>) -> (Credential, Wishes) {
        (self.credential, self.wishes.of_application(lifetime))
    }
}

fn credential(headers: &HeaderMap) -> Result<Credential, Malformed> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (None, _) => Err(Malformed::Missing),
        (Some(value), None) => Credential::read(value.to_str().map_err(|_| Malformed::Header)?),
        (Some(_), Some(_)) => Err(Malformed::Header),
    }
}

/// A header that is doubled, or not text, asks for nothing that could be obeyed.
fn wishes(headers: &HeaderMap) -> Result<Wishes, BadWish> {
    let mut values = headers.get_all(CONFIGURATION).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(Wishes::default()),
        (Some(value), None) => Wishes::read(value.to_str().map_err(|_| BadWish("VCSchemaCfg"))?),
        (Some(_), Some(_)) => Err(BadWish("VCSchemaCfg")),
    }
}
