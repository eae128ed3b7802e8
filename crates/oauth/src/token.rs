//! The token endpoint's requests and answers (RFC 6749 §4.1.3, §4.4.2, §5.1, §6; RFC 8628 §3.4).

use crate::client::ClientCredentials;
use crate::error::{ErrorCode, Refusal};
use crate::form::Parameters;
use crate::scope::Scope;
use crate::secret::Secret;
use serde::Serialize;

/// `grant_type` of the device flow.
pub const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// What the client brings in exchange for tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// An authorization code.
    AuthorizationCode {
        /// `code`.
        code: Secret,
        /// `redirect_uri`, which must be the one of the authorization request.
        redirect_uri: Option<String>,
        /// `code_verifier`.
        verifier: Option<Secret>,
    },
    /// A refresh token.
    RefreshToken {
        /// `refresh_token`.
        token: Secret,
        /// A narrower scope.
        scope: Option<Scope>,
    },
    /// Nothing but the client itself.
    ClientCredentials {
        /// `scope`.
        scope: Option<Scope>,
    },
    /// A device code.
    DeviceCode {
        /// `device_code`.
        device_code: Secret,
    },
}

/// A request at the token endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// Who asks.
    pub client: ClientCredentials,
    /// What for.
    pub grant: Grant,
}

impl TokenRequest {
    /// Reads the `Authorization` header and the form body. Codes: `oauth.grant_type`, `oauth.missing`, and those of
    /// [`Parameters::read`], [`ClientCredentials::read`] and [`Scope::read`].
    pub fn read(authorization: Option<&str>, body: &str) -> Result<Self, Refusal> {
        let form = Parameters::read(body)?;
        let client = ClientCredentials::read(authorization, &form)?;
        let secret = |name| {
            let missing = Refusal::request(
                "oauth.missing",
                "A parameter that the grant_type needs is missing.",
            );
            form.value(name).map(Secret::new).ok_or(missing)
        };
        let scope = || form.value("scope").map(Scope::read).transpose();
        let grant = match form.value("grant_type") {
            Some("authorization_code") => Grant::AuthorizationCode {
                code: secret("code")?,
                redirect_uri: form.value("redirect_uri").map(str::to_owned),
                verifier: form.value("code_verifier").map(Secret::new),
            },
            Some("refresh_token") => Grant::RefreshToken {
                token: secret("refresh_token")?,
                scope: scope()?,
            },
            Some("client_credentials") => Grant::ClientCredentials { scope: scope()? },
            Some(DEVICE_CODE) => Grant::DeviceCode {
                device_code: secret("device_code")?,
            },
            None => {
                return Err(Refusal::request(
                    "oauth.grant_type",
                    "The grant_type is missing.",
                ));
            }
            // Passwords among them: they belong on the sign-in page (RFC 9700 §2.4).
            Some(_) => {
                let text = "The grant_type is not supported.";
                return Err(Refusal::new(
                    ErrorCode::UnsupportedGrantType,
                    "oauth.grant_type",
                    text,
                ));
            }
        };
        Ok(Self { client, grant })
    }
}

/// A successful answer (RFC 6749 §5.1). It holds tokens: send it with `Cache-Control: no-store`.
#[derive(Clone, Serialize)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: String,
    /// How to use it.
    pub token_type: TokenType,
    /// Seconds until it expires.
    pub expires_in: i64,
    /// The next refresh token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// What was granted.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// The ID token, if `openid` was granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
}

/// `token_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum TokenType {
    /// RFC 6750.
    Bearer,
}

impl std::fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenResponse")
            .field("expires_in", &self.expires_in)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::without;
    use proptest::prelude::*;

    fn read(body: &str) -> Result<TokenRequest, Refusal> {
        TokenRequest::read(None, &format!("client_id=app&client_secret=s&{body}"))
    }

    #[test]
    fn every_grant_is_read() {
        assert_eq!(
            read("grant_type=authorization_code&code=c&redirect_uri=https://a&code_verifier=v")
                .unwrap()
                .grant,
            Grant::AuthorizationCode {
                code: Secret::new("c"),
                redirect_uri: Some("https://a".into()),
                verifier: Some(Secret::new("v"))
            }
        );
        assert_eq!(
            read("grant_type=refresh_token&refresh_token=r&scope=a")
                .unwrap()
                .grant,
            Grant::RefreshToken {
                token: Secret::new("r"),
                scope: Some(Scope::read("a").unwrap())
            }
        );
        assert_eq!(
            read("grant_type=client_credentials").unwrap().grant,
            Grant::ClientCredentials { scope: None }
        );
        assert_eq!(
            read("grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code=d")
                .unwrap()
                .grant,
            Grant::DeviceCode {
                device_code: Secret::new("d")
            }
        );
    }

    #[test]
    fn malformed_request_is_refused() {
        for (body, error, code) in [
            ("", ErrorCode::InvalidRequest, "oauth.grant_type"),
            (
                "grant_type=password&username=u&password=p",
                ErrorCode::UnsupportedGrantType,
                "oauth.grant_type",
            ),
            (
                "grant_type=authorization_code",
                ErrorCode::InvalidRequest,
                "oauth.missing",
            ),
            (
                "grant_type=authorization_code&code=",
                ErrorCode::InvalidRequest,
                "oauth.missing",
            ),
            (
                "grant_type=refresh_token",
                ErrorCode::InvalidRequest,
                "oauth.missing",
            ),
            (
                "grant_type=client_credentials&scope=a++b",
                ErrorCode::InvalidScope,
                "oauth.scope_syntax",
            ),
        ] {
            let refusal = read(body).unwrap_err();
            assert_eq!((refusal.error, refusal.code()), (error, code), "{body}");
        }
    }

    #[test]
    fn each_parameter_doubled_is_refused() {
        let body = "grant_type=authorization_code&code=c&redirect_uri=https://a&code_verifier=v";
        for doubled in body.split('&').chain(["client_id=app", "client_secret=s"]) {
            let raw = format!("{body}&{doubled}");
            let refused = if doubled.starts_with("client") {
                format!("{raw}&{doubled}")
            } else {
                raw
            };
            assert_eq!(
                read(&refused).unwrap_err().code(),
                "oauth.duplicate",
                "{doubled}"
            );
            without("oauth.duplicate", || {
                assert!(read(&refused).is_ok(), "{doubled}");
            });
        }
    }

    #[test]
    fn answer_is_as_the_standard_prints_it() {
        let answer = TokenResponse {
            access_token: "canary".into(),
            token_type: TokenType::Bearer,
            expires_in: 3600,
            refresh_token: None,
            scope: "public_profile".into(),
            id_token: None,
        };
        assert_eq!(
            serde_json::to_string(&answer).unwrap(),
            r#"{"access_token":"canary","token_type":"Bearer","expires_in":3600,"scope":"public_profile"}"#
        );
        assert!(!format!("{answer:?}").contains("canary"));
    }

    proptest! {
        #[test]
        fn never_panics(body in ".{0,200}", grant in "(authorization_code|refresh_token|client_credentials)", value in "[ -~]{0,30}") {
            let _ = TokenRequest::read(None, &body);
            let _ = TokenRequest::read(Some(&value), &body);
            let _ = read(&format!("grant_type={grant}&code={value}&refresh_token={value}&scope={value}"));
        }
    }
}
