//! Refusals: the code of the standards for the client, a stable code of ours for the operator.

use serde::Serialize;

/// The error codes that a client may see (RFC 6749 §4.1.2.1, §5.2; RFC 8628 §3.5; OpenID Connect Core §3.1.2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// A parameter is missing, wrong or doubled.
    InvalidRequest,
    /// The client is unknown, or did not prove who it is.
    InvalidClient,
    /// The code, refresh token or device code is not, or no longer, good.
    InvalidGrant,
    /// The client may not do that.
    UnauthorizedClient,
    /// No such grant.
    UnsupportedGrantType,
    /// No such response type.
    UnsupportedResponseType,
    /// The scope is unknown, malformed or wider than what was granted.
    InvalidScope,
    /// The person or the policy said no.
    AccessDenied,
    /// Something of ours broke.
    ServerError,
    /// Try later.
    TemporarilyUnavailable,
    /// Nobody is signed in, and nobody may be asked.
    LoginRequired,
    /// Request objects are not taken.
    RequestNotSupported,
    /// Request objects by reference are not taken.
    RequestUriNotSupported,
    /// The person has not decided yet.
    AuthorizationPending,
    /// Asked too often.
    SlowDown,
    /// The device code is too old.
    ExpiredToken,
}

impl ErrorCode {
    /// As it stands on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::LoginRequired => "login_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::ExpiredToken => "expired_token",
        }
    }

    /// The status of the token endpoint's answer (RFC 6749 §5.2).
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidClient => 401,
            Self::ServerError => 500,
            Self::TemporarilyUnavailable => 503,
            _ => 400,
        }
    }
}

/// Why a message is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {text}")]
pub struct Refusal {
    /// What the client is told.
    pub error: ErrorCode,
    /// The stable code, such as `oauth.pkce_missing`.
    pub code: &'static str,
    /// A sentence for the client's developer: `error_description`. Holds nothing of the request.
    pub text: &'static str,
}

impl Refusal {
    /// A refusal.
    pub const fn new(error: ErrorCode, code: &'static str, text: &'static str) -> Self {
        Self { error, code, text }
    }

    /// An `invalid_request`.
    pub const fn request(code: &'static str, text: &'static str) -> Self {
        Self::new(ErrorCode::InvalidRequest, code, text)
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The body of an error answer (RFC 6749 §5.2).
    pub fn body(&self) -> ErrorBody {
        ErrorBody {
            error: self.error,
            error_description: self.text,
        }
    }

    /// Refuses unless `holds`, or unless a test has switched off the guard of that code.
    pub(crate) fn unless(self, holds: bool) -> Result<(), Self> {
        if holds || !crate::guard::stands(self.code) {
            return Ok(());
        }
        Err(self)
    }
}

/// The body of an error answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorBody {
    /// The code.
    pub error: ErrorCode,
    /// A sentence for the client's developer.
    pub error_description: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_name_and_serialized_name_are_the_same() {
        for code in [
            ErrorCode::InvalidRequest,
            ErrorCode::UnsupportedResponseType,
            ErrorCode::RequestUriNotSupported,
            ErrorCode::SlowDown,
        ] {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }

    #[test]
    fn body_is_as_the_standard_prints_it() {
        let refusal = Refusal::request("oauth.test", "Something is missing.");
        assert_eq!(
            serde_json::to_string(&refusal.body()).unwrap(),
            r#"{"error":"invalid_request","error_description":"Something is missing."}"#
        );
    }
}
