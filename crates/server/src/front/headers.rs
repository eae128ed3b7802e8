//! What every answer carries.

use axum::response::Response;
use hyper::header::{
    CACHE_CONTROL, HeaderName, HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use uuid::Uuid;

/// By which a person names a request to an operator: the same value stands in the log and in the audit.
pub(crate) const CORRELATION: HeaderName = HeaderName::from_static("x-correlation-id");

/// Adds what the door did not set itself.
pub(super) fn complete(response: &mut Response, secure: bool, correlation: Uuid) {
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // URLs of sign-ons hold requests and sessions; no other site needs to learn them.
    headers
        .entry(REFERRER_POLICY)
        .or_insert(HeaderValue::from_static("no-referrer"));
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    if secure {
        headers.insert(
            STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
    let mut buffer = Uuid::encode_buffer();
    let correlation = correlation.hyphenated().encode_lower(&mut buffer);
    let correlation = HeaderValue::from_str(correlation).expect("a UUID is visible ASCII");
    headers.insert(CORRELATION, correlation);
}
