//! What the front knows of a request, for whoever answers it and for the log.

use super::Scheme;
use axum::extract::{FromRequestParts, MatchedPath};
use axum::response::Response;
use hyper::StatusCode;
use hyper::http::Extensions;
use hyper::http::request::Parts;
use identity::Moment;
use std::sync::{Arc, OnceLock};

/// A request on its way through: one of them travels with it, and one stays with the front.
pub(crate) struct Passage {
    /// Its circumstances. Made once per request, so that log, audit and answer share one correlation.
    pub(crate) moment: Moment,
    /// By which it came.
    pub(crate) scheme: Scheme,
    route: OnceLock<MatchedPath>,
}

impl Passage {
    pub(crate) fn new(moment: Moment, scheme: Scheme) -> Arc<Self> {
        Arc::new(Self {
            moment,
            scheme,
            route: OnceLock::new(),
        })
    }

    /// The template of the route that answers, once one was found: the path itself may hold a transaction.
    pub(crate) fn template(&self) -> Option<&str> {
        self.route.get().map(MatchedPath::as_str)
    }

    /// Notes which route was found.
    pub(crate) fn note(extensions: &Extensions) {
        if let (Some(passage), Some(matched)) = (extensions.get::<Arc<Self>>(), extensions.get()) {
            let _ = passage.route.set(MatchedPath::clone(matched));
        }
    }

    fn of(parts: &Parts) -> Option<&Self> {
        parts.extensions.get::<Arc<Self>>().map(Arc::as_ref)
    }
}

/// A router is called without the front: a fault of ours and no client's.
fn astray() -> Response {
    super::answer::plain(StatusCode::INTERNAL_SERVER_ERROR)
}

/// When and from where a request came.
#[derive(Clone)]
pub struct At(pub Moment);

impl<S: Sync> FromRequestParts<S> for At {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Response> {
        let passage = Passage::of(parts).ok_or_else(astray)?;
        Ok(Self(passage.moment.clone()))
    }
}

impl<S: Sync> FromRequestParts<S> for Scheme {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Response> {
        Passage::of(parts)
            .map(|passage| passage.scheme)
            .ok_or_else(astray)
    }
}
