//! What every OAuth endpoint needs of HTTP: one form in, JSON that nobody keeps out.

use super::{answer, body};
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, PRAGMA, REFERRER_POLICY,
    WWW_AUTHENTICATE,
};
use axum::http::{HeaderMap, Response, StatusCode};
use identity::{Moment, Refused, Unavailable};
use oauth::error::{ErrorCode, Refusal};
use serde::Serialize;

/// A JSON document (RFC 6749 §5.1: kept by nobody).
pub fn json(status: StatusCode, document: &impl Serialize) -> Response<Body> {
    let mut text = Vec::with_capacity(512);
    serde_json::to_writer(&mut text, document).expect("our documents have text keys only");
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    // Those of here and those of the front: else the map grows twice.
    response.headers_mut().reserve(12);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    keep_private(response.headers_mut());
    response
}

/// A refusal of the token endpoint and its neighbours (RFC 6749 §5.2).
pub fn refuse(refusal: &Refusal) -> Response<Body> {
    let status = StatusCode::from_u16(refusal.error.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = json(status, &refusal.body());
    if refusal.error == ErrorCode::InvalidClient {
        let challenge = HeaderValue::from_static("Basic realm=\"oauth\"");
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}

/// A token that is not good for that (RFC 6750 §3.1). Why, is for the log.
pub fn unauthorized(refused: &Refused, moment: &Moment) -> Response<Body> {
    #[derive(Serialize)]
    struct Document {
        error: &'static str,
        code: &'static str,
    }
    tracing::info!(code = refused.code, correlation = %moment.correlation, reason = %refused, "token refused");
    let (status, error, challenge) = match refused.code {
        "token.scope" => (
            StatusCode::FORBIDDEN,
            "insufficient_scope",
            "Bearer error=\"insufficient_scope\"",
        ),
        _ => (
            StatusCode::UNAUTHORIZED,
            "invalid_token",
            "Bearer error=\"invalid_token\"",
        ),
    };
    let document = Document {
        error,
        code: refused.code,
    };
    let mut response = json(status, &document);
    let challenge = HeaderValue::from_static(challenge);
    response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    response
}

/// No answer now: neither yes nor no (security: O9).
pub fn away(unavailable: &Unavailable, moment: &Moment) -> Response<Body> {
    let error = unavailable as &dyn std::error::Error;
    tracing::error!(error, correlation = %moment.correlation, "the store is unavailable");
    answer::unavailable()
}

/// A form that a client posted: the `Authorization` header and the text of the body.
pub struct Posted {
    authorization: Option<String>,
    text: String,
}

impl Posted {
    /// Reads it, or answers.
    pub async fn read(request: Request) -> Result<Self, Response<Body>> {
        let headers = request.headers();
        let authorization = authorization(headers).map_err(|refusal| refuse(&refusal))?;
        let authorization = authorization.map(str::to_owned);
        // RFC 6749 §4.1.3: parameters in another form would be read by others and not by us, or the other way round.
        if !is_form(headers) {
            return Err(unreadable());
        }
        let bytes = body::read(request, body::FORM).await;
        let bytes = bytes.map_err(|fault| answer::plain(fault.status()))?;
        let text = String::from_utf8(bytes.into()).map_err(|_| unreadable())?;
        Ok(Self {
            authorization,
            text,
        })
    }

    /// The `Authorization` header.
    pub fn authorization(&self) -> Option<&str> {
        self.authorization.as_deref()
    }

    /// The form.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// A request that is no form, or doubles a parameter.
pub fn unreadable() -> Response<Body> {
    let text = "The request is not application/x-www-form-urlencoded, or a parameter is doubled.";
    refuse(&Refusal::request("oauth.unreadable", text))
}

/// Nobody keeps it, and no page tells the next one where it came from: tokens travel in addresses here.
pub fn keep_private(headers: &mut HeaderMap) {
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (PRAGMA, "no-cache"),
        (REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// Whether the body says that it is a form.
pub fn is_form(headers: &HeaderMap) -> bool {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = value.and_then(|value| value.split(';').next());
    essence.map(str::trim) == Some("application/x-www-form-urlencoded")
}

/// The one `Authorization` header; refused if there are several, because two readers could take different ones.
fn authorization(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let refusal = Refusal::request(
        "oauth.authorization",
        "The Authorization header is malformed.",
    );
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| refusal),
        _ => Err(refusal),
    }
}
