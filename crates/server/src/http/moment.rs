//! The circumstances of the request, as an extractor.

use axum::extract::FromRequestParts;
use axum::response::Response;
use hyper::StatusCode;
use hyper::http::request::Parts;
use identity::Moment;

/// When and from where a request came. Made once per request, so that log, audit and answer share one correlation.
#[derive(Clone)]
pub struct At(pub Moment);

impl<S: Sync> FromRequestParts<S> for At {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Response> {
        // Absent only where a router is called without the front, which is a fault of ours and no client's.
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| super::answer::plain(StatusCode::INTERNAL_SERVER_ERROR))
    }
}
