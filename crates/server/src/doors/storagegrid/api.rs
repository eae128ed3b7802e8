//! Version and moment of a request, and the envelopes in which every answer stands. Their keys are in alphabetical order, as
//! the documents print them.

use crate::doors::storagegrid::version::Version;
use crate::http::{At, BodyFault, answer};
use axum::body::Body;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::http::request::Parts;
use identity::error::Answer;
use identity::{Moment, Refused, Unavailable};
use jiff::Timestamp;
use serde::Serialize;

/// Header by which a client may name the version; it wins over the path.
const API_VERSION: &str = "api-version";
/// Header that warns of a version that will go.
const DEPRECATED: HeaderName = HeaderName::from_static("deprecated");

/// One request to the API.
#[derive(Clone)]
pub(super) struct Api {
    version: Version,
    pub(super) moment: Moment,
}

impl<S: Send + Sync> FromRequestParts<S> for Api {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let At(moment) = At::from_request_parts(parts, state).await?;
        let header = parts
            .headers
            .get(API_VERSION)
            .map(|value| value.to_str().unwrap_or("").to_owned());
        let path = RawPathParams::from_request_parts(parts, state).await.ok();
        let path = path
            .iter()
            .flatten()
            .find(|(name, _)| *name == "version")
            .map(|(_, value)| value.to_owned());
        // The documents' unversioned paths answer as version 3.
        let unversioned = Self {
            version: Version::Three,
            moment,
        };
        let asked = match (header, path) {
            (Some(number), _) => Version::parse(&number),
            (None, Some(segment)) => segment.strip_prefix('v').and_then(Version::parse),
            (None, None) => return Ok(unversioned),
        };
        match asked {
            Some(version) => Ok(Self {
                version,
                ..unversioned
            }),
            None => Err(unversioned
                .failure(StatusCode::NOT_FOUND, "error.404", "Not found.")
                .into_response()),
        }
    }
}

impl Api {
    /// The same request under the newest version.
    pub(super) fn newest(self) -> Self {
        Self {
            version: Version::Four,
            ..self
        }
    }

    /// 200 with `data`.
    pub(super) fn success(&self, data: &(impl Serialize + ?Sized)) -> Response {
        let api_version = self.version.text();
        let response_time = milliseconds(self.moment.now);
        let envelope = Success {
            api_version,
            data,
            deprecated: self.version.is_deprecated(),
            response_time,
            status: "success",
        };
        json((StatusCode::OK, self.version), &envelope)
    }

    /// A failure with a text for people and a stable key for programs.
    pub(super) fn failure(
        &self,
        status: StatusCode,
        key: &'static str,
        text: &'static str,
    ) -> Failure {
        Failure {
            api: (self.version, self.moment.now),
            status,
            key,
            text,
        }
    }

    /// A body that is not what the route takes.
    pub(super) fn body_fault(&self, fault: BodyFault) -> Failure {
        let (key, text) = match fault {
            BodyFault::TooLarge => ("error.413", "The request is too large."),
            BodyFault::TooSlow => ("error.408", "The request took too long."),
            BodyFault::MediaType => ("error.415", "The media type is not supported."),
            BodyFault::Broken | BodyFault::Malformed => ("error.400", "The request is malformed."),
        };
        self.failure(fault.status(), key, text)
    }

    /// No token, or none that lives.
    pub(super) fn unauthorized(&self) -> Failure {
        self.failure(StatusCode::UNAUTHORIZED, "token.invalid", "Unauthorized.")
    }

    /// The outcome of a rule, or the failure that `face` gives a refusal. This is where a refusal is logged.
    pub(super) fn judged<T>(
        &self,
        answer: Answer<T>,
        face: impl FnOnce(&Refused) -> Face,
    ) -> Result<T, Failure> {
        match answer {
            Ok(Ok(outcome)) => Ok(outcome),
            Ok(Err(refused)) => {
                let Refused { code, detail, .. } = &refused;
                tracing::info!(code, detail, correlation = %self.moment.correlation, "refused");
                let (status, key, text) = face(&refused);
                Err(self.failure(status, key, text))
            }
            Err(unavailable) => Err(self.unavailable(&unavailable)),
        }
    }

    /// 503: the store is away, which says nothing about the request.
    pub(super) fn unavailable(&self, unavailable: &Unavailable) -> Failure {
        let error = unavailable as &dyn std::error::Error;
        tracing::error!(error, correlation = %self.moment.correlation, "the store is unavailable");
        self.failure(
            StatusCode::SERVICE_UNAVAILABLE,
            "error.503",
            "The service is temporarily unavailable.",
        )
    }
}

/// What a refusal looks like from outside: status, stable key, text.
pub(super) type Face = (StatusCode, &'static str, &'static str);

/// An answer that is no success.
pub(super) struct Failure {
    api: (Version, Timestamp),
    status: StatusCode,
    key: &'static str,
    text: &'static str,
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (version, now) = self.api;
        let message = Message {
            key: self.key,
            text: self.text,
        };
        let envelope = Error {
            api_version: version.text(),
            code: self.status.as_u16(),
            deprecated: version.is_deprecated(),
            errors: [message],
            message,
            response_time: milliseconds(now),
            status: "error",
        };
        let mut response = json((self.status, version), &envelope);
        match self.status {
            // RFC 9110 §15.5.2: a 401 names a scheme.
            StatusCode::UNAUTHORIZED => answer::set(&mut response, WWW_AUTHENTICATE, "Bearer"),
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
                response
                    .headers_mut()
                    .insert(RETRY_AFTER, answer::RETRY_AFTER_SECONDS);
            }
            _ => {}
        }
        response
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Success<'a, T: ?Sized> {
    api_version: &'static str,
    data: &'a T,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    deprecated: bool,
    response_time: String,
    status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Error {
    api_version: &'static str,
    code: u16,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    deprecated: bool,
    errors: [Message; 1],
    message: Message,
    response_time: String,
    status: &'static str,
}

#[derive(Clone, Copy, Serialize)]
struct Message {
    key: &'static str,
    text: &'static str,
}

fn json((status, version): (StatusCode, Version), envelope: &impl Serialize) -> Response {
    let text = serde_json::to_vec(envelope).expect("envelopes have text keys only");
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    if version.is_deprecated() {
        answer::set(&mut response, DEPRECATED, "true");
    }
    // Exactly this: the vendor's script compares the whole header and takes `; charset=utf-8` for another type.
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// `YYYY-MM-DDTHH:MM:SS.mmmZ`.
pub(super) fn milliseconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_exactly_three_digits_of_fraction() {
        let time = |text: &str| milliseconds(text.parse().unwrap());
        assert_eq!(time("2018-11-06T16:30:23.355Z"), "2018-11-06T16:30:23.355Z");
        assert_eq!(time("2018-11-06T16:30:23Z"), "2018-11-06T16:30:23.000Z");
        assert_eq!(
            time("2018-11-06T16:30:23.355999Z"),
            "2018-11-06T16:30:23.355Z"
        );
    }
}
