//! How this door's API answers: JSON that nobody keeps, and redirects that no referrer tells of.

use crate::http::answer;
use crate::sign_on::Failure;
use axum::body::Body;
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, LOCATION, PRAGMA, REFERRER_POLICY,
    WWW_AUTHENTICATE,
};
use axum::http::{HeaderMap, Response, StatusCode};
use identity::{Moment, Refused, Unavailable};
use oauth::error::{ErrorCode, Refusal};
use serde::Serialize;

/// A JSON document.
pub(super) fn json(status: StatusCode, document: &impl Serialize) -> Response<Body> {
    let text = serde_json::to_vec(document).expect("our documents have text keys only");
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    keep_private(response.headers_mut());
    response
}

/// Sends the browser on with a GET (RFC 9700 §4.12: not 307, which would post the password again).
pub(super) fn see_other(location: &str) -> Result<Response<Body>, Failure> {
    let location = HeaderValue::from_str(location).map_err(|_| Failure::Form)?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    response.headers_mut().insert(LOCATION, location);
    keep_private(response.headers_mut());
    Ok(response)
}

/// A refusal of the token endpoint and its neighbours (RFC 6749 §5.2).
pub(super) fn refuse(refusal: &Refusal) -> Response<Body> {
    let status = StatusCode::from_u16(refusal.error.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = json(status, &refusal.body());
    if refusal.error == ErrorCode::InvalidClient {
        let challenge = HeaderValue::from_static("Basic realm=\"oauth\"");
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}

/// A token that is not good (RFC 6750 §3.1). Why, is for the log.
pub(super) fn unauthorized(refused: &Refused, moment: &Moment) -> Response<Body> {
    #[derive(Serialize)]
    struct Document {
        error: &'static str,
        code: &'static str,
    }
    tracing::info!(code = refused.code, correlation = %moment.correlation, reason = %refused, "token refused");
    let document = Document {
        error: "invalid_token",
        code: refused.code,
    };
    let mut response = json(StatusCode::UNAUTHORIZED, &document);
    let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
    response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    response
}

/// No answer now.
pub(super) fn away(unavailable: &Unavailable, moment: &Moment) -> Response<Body> {
    let reason = &unavailable.0;
    tracing::error!(correlation = %moment.correlation, %reason, "cannot answer: the store is away");
    answer::unavailable()
}

/// The one `Authorization` header; refused if there are several, because two readers could take different ones.
pub(super) fn authorization(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let first = values.next();
    let refusal = Refusal::request(
        "oauth.authorization",
        "The Authorization header is malformed.",
    );
    if values.next().is_some() {
        return Err(refusal);
    }
    first
        .map(|value| value.to_str().map_err(|_| refusal))
        .transpose()
}

fn keep_private(headers: &mut HeaderMap) {
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (PRAGMA, "no-cache"),
        // Tokens travel in addresses here; no page may tell the next one where it came from.
        (REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
