//! Errors in the two shapes of the API, with the codes of its error tables.

use crate::http::answer;
use axum::body::Body;
use axum::response::Response;
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use serde::Serialize;
use std::borrow::Cow;

/// What went wrong, as clients read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
}

/// Which shape an error has: the two halves of the API never agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// `/v3.0/…`: `{"error_msg", "error_code"}`.
    Flat,
    /// `/v3/…`: `{"error": {"code", "message", "title"}}`.
    Nested,
}

impl Family {
    /// By the path of the request.
    pub(super) fn of(path: &str) -> Self {
        if path.starts_with("/v3.0/") {
            Self::Flat
        } else {
            Self::Nested
        }
    }
}

impl Problem {
    pub(super) const BODY: Self = Self::new(
        StatusCode::BAD_REQUEST,
        "IAM.0011",
        "Request body is invalid.",
    );
    pub(super) const AUTHENTICATION: Self = Self::new(
        StatusCode::UNAUTHORIZED,
        "IAM.0001",
        "The request you have made requires authentication.",
    );
    pub(super) const TOKEN: Self = Self::new(
        StatusCode::UNAUTHORIZED,
        "IAM.0063",
        "The X-Auth-Token is invalid!",
    );
    pub(super) const PASSWORD: Self = Self::new(
        StatusCode::UNAUTHORIZED,
        "IAM.0062",
        "The username or password is wrong.",
    );
    pub(super) const FORBIDDEN: Self = Self::new(
        StatusCode::FORBIDDEN,
        "IAM.0002",
        "You are not authorized to perform the requested action.",
    );
    pub(super) const NO_TOKEN: Self = Self::new(
        StatusCode::NOT_FOUND,
        "IAM.0004",
        "Could not find the token.",
    );
    pub(super) const NOT_FOUND: Self = Self::new(
        StatusCode::NOT_FOUND,
        "IAM.0004",
        "Could not find the resource.",
    );
    pub(super) const METHOD: Self = Self::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "IAM.0003",
        "The method is not allowed for the requested resource.",
    );
    pub(super) const SIZE: Self = Self::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "IAM.1101",
        "The request body size is invalid.",
    );
    pub(super) const THROTTLED: Self = Self::new(
        StatusCode::TOO_MANY_REQUESTS,
        "IAM.0012",
        "The throttling threshold has been reached.",
    );
    pub(super) const UNAVAILABLE: Self = Self::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "IAM.0006",
        "The service is temporarily unavailable.",
    );

    const fn new(status: StatusCode, code: &'static str, message: &'static str) -> Self {
        Self {
            status,
            code,
            message: Cow::Borrowed(message),
        }
    }

    /// A header or field that must be there.
    pub(super) fn missing(name: &str) -> Self {
        Self {
            message: format!("'{name}' is a required property.").into(),
            ..Self::new(StatusCode::BAD_REQUEST, "IAM.0072", "")
        }
    }

    /// A header or field that cannot be read.
    pub(super) fn invalid(name: &str) -> Self {
        Self {
            message: format!("Request parameter {name} is invalid.").into(),
            ..Self::new(StatusCode::BAD_REQUEST, "IAM.0007", "")
        }
    }

    /// Something that is not registered.
    pub(super) fn unknown(what: &str) -> Self {
        Self {
            message: format!("Could not find the {what}.").into(),
            ..Self::new(StatusCode::NOT_FOUND, "IAM.0004", "")
        }
    }

    /// A change that something registered stands against.
    pub(super) fn conflict(why: &str) -> Self {
        Self {
            message: format!("Conflict occurred when attempting to store: {why}.").into(),
            ..Self::new(StatusCode::CONFLICT, "IAM.0005", "")
        }
    }

    /// Something that an administrator wrote, with the place of its faults.
    pub(super) fn faulty(faults: &str) -> Self {
        Self {
            message: format!("Request body is invalid: {faults}").into(),
            ..Self::new(StatusCode::BAD_REQUEST, "IAM.0011", "")
        }
    }

    /// As an answer.
    pub(super) fn answer(&self, family: Family) -> Response {
        let body = match family {
            Family::Flat => serde_json::to_vec(&Flat {
                error_msg: &self.message,
                error_code: self.code,
            }),
            Family::Nested => serde_json::to_vec(&Nested {
                error: Inner {
                    code: self.status.as_u16(),
                    message: &self.message,
                    title: self.status.canonical_reason().unwrap_or_default(),
                },
            }),
        };
        let mut response = json(self.status, body.expect("texts and a number"));
        match self.status {
            // RFC 9110 §15.5.2: a 401 names a scheme. Keystone's clients know this one.
            StatusCode::UNAUTHORIZED => answer::set(&mut response, WWW_AUTHENTICATE, "Keystone"),
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

/// A JSON answer.
pub(super) fn json(status: StatusCode, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[derive(Serialize)]
struct Flat<'a> {
    error_msg: &'a str,
    error_code: &'static str,
}

#[derive(Serialize)]
struct Nested<'a> {
    error: Inner<'a>,
}

#[derive(Serialize)]
struct Inner<'a> {
    code: u16,
    message: &'a str,
    title: &'static str,
}
