//! Bodies within a limit and in time.

use crate::http::fields::Fields;
use crate::http::{answer, multipart};
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use hyper::StatusCode;
use hyper::body::Body as _;
use hyper::header::{CONTENT_TYPE, EXPECT};
use std::time::Duration;

/// Limit of an ordinary form: user name, password, a code, a sealed state.
pub const FORM: usize = 64 * 1024;
/// Limit of a JSON document.
pub const JSON: usize = 64 * 1024;
/// Limit of a form with a SAML message: 256 KiB of XML as base64, each of its characters percent-encoded at worst one in
/// ten times, and a RelayState.
pub const SAML: usize = 256 * 1024 / 3 * 4 + 64 * 1024;

/// How long a whole body may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Why a body is not what the route takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyFault {
    /// Longer than the limit.
    #[error("the body is too large")]
    TooLarge,
    /// Not complete in time.
    #[error("the body took too long")]
    TooSlow,
    /// The connection broke, or the framing was wrong.
    #[error("the body broke off")]
    Broken,
    /// Another media type.
    #[error("the media type is not supported")]
    MediaType,
    /// Not what its media type says.
    #[error("the body is malformed")]
    Malformed,
}

impl BodyFault {
    /// The status that says so.
    pub fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Broken | Self::Malformed => StatusCode::BAD_REQUEST,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        }
    }
}

impl IntoResponse for BodyFault {
    fn into_response(self) -> Response {
        answer::plain(self.status())
    }
}

/// The whole body, at most `limit` bytes.
pub async fn read(request: Request, limit: usize) -> Result<Bytes, BodyFault> {
    let announced = usize::try_from(request.body().size_hint().lower()).unwrap_or(usize::MAX);
    // A client that waits for `100 Continue` has sent nothing, and is not to be told to.
    if announced > limit && request.headers().contains_key(EXPECT) {
        return Err(BodyFault::TooLarge);
    }
    let mut body = request.into_body();
    tokio::time::timeout(PATIENCE, collect(&mut body, limit))
        .await
        .unwrap_or(Err(BodyFault::TooSlow))
}

/// A form with at most `LIMIT` bytes, urlencoded or multipart.
pub struct Form<const LIMIT: usize>(pub Fields);

impl<S: Sync, const LIMIT: usize> FromRequest<S> for Form<LIMIT> {
    type Rejection = BodyFault;

    async fn from_request(request: Request, _state: &S) -> Result<Self, BodyFault> {
        let content_type = request
            .headers()
            .get(CONTENT_TYPE)
            .map(|value| value.to_str().unwrap_or("").to_owned());
        let bytes = read(request, LIMIT).await?;
        let content_type = content_type.unwrap_or_default();
        let essence = content_type
            .split(';')
            .next()
            .unwrap_or("")
            .trim()
            .to_ascii_lowercase();
        match essence.as_str() {
            "application/x-www-form-urlencoded" => urlencoded(&bytes).map(Self),
            "multipart/form-data" => multipart::read(&content_type, bytes).await.map(Self),
            _ => Err(BodyFault::MediaType),
        }
    }
}

fn urlencoded(bytes: &[u8]) -> Result<Fields, BodyFault> {
    let text = std::str::from_utf8(bytes).map_err(|_| BodyFault::Malformed)?;
    Fields::parse(text).map_err(|_| BodyFault::Malformed)
}

async fn collect(body: &mut Body, limit: usize) -> Result<Bytes, BodyFault> {
    let mut collected = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| BodyFault::Broken)?.into_data() else {
            continue;
        };
        if collected.len() + data.len() > limit {
            return Err(BodyFault::TooLarge);
        }
        collected.extend_from_slice(&data);
    }
    Ok(collected.into())
}
