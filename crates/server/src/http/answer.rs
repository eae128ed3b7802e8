//! Answers that belong to no door: plain text, without anything of an organization in it.

use axum::body::Body;
use axum::response::Response;
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};

/// How long a client should wait when the store is away or the server is full, in seconds.
pub const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("2");

/// A plain answer with the status's own words.
pub fn plain(status: StatusCode) -> Response {
    let text = status.canonical_reason().unwrap_or("");
    let mut response = with_status(status, Body::from(format!("{text}\n")));
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}

/// No answer now: the store is away, or there is more work than the limits admit.
pub fn unavailable() -> Response {
    let mut response = plain(StatusCode::SERVICE_UNAVAILABLE);
    response
        .headers_mut()
        .insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
    response
}

/// A 302 to `location`; `None` where the location cannot stand in a header (it holds a control character).
pub fn found(location: &str) -> Option<Response> {
    let location = HeaderValue::from_str(location).ok()?;
    let mut response = with_status(StatusCode::FOUND, Body::empty());
    response.headers_mut().insert(LOCATION, location);
    Some(response)
}

/// Sets a header to a value that is known when compiling.
pub fn set(response: &mut Response, name: HeaderName, value: &'static str) {
    response
        .headers_mut()
        .insert(name, HeaderValue::from_static(value));
}

fn with_status(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_with_a_line_break_is_not_sent() {
        assert!(found("https://storagegrid.example.com/").is_some());
        assert!(found("https://storagegrid.example.com/\r\nSet-Cookie: a=b").is_none());
    }
}
