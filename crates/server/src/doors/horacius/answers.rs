//! How this door sends browsers on.

use crate::http::oauth::keep_private;
use crate::sign_on::Failure;
use axum::body::Body;
use axum::http::header::{HeaderValue, LOCATION};
use axum::http::{Response, StatusCode};

/// Sends the browser on with a GET (RFC 9700 §4.12: not 307, which would post the password again).
pub(super) fn see_other(location: &str) -> Result<Response<Body>, Failure> {
    let location = HeaderValue::from_str(location).map_err(|_| Failure::Form)?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    response.headers_mut().insert(LOCATION, location);
    keep_private(response.headers_mut());
    Ok(response)
}
