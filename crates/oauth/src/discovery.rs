//! The metadata documents that clients configure themselves from (RFC 8414 §2, OpenID Connect Discovery §3).

use crate::openid;
use crate::token::DEVICE_CODE;
use serde::Serialize;

/// What one authorization server says about itself. Only what is really offered may stand here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Metadata {
    /// The issuer: the configured constant, never taken from a request (RFC 8414 §3.3: clients compare it).
    pub issuer: String,
    /// Where people are sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_endpoint: Option<String>,
    /// Where codes are redeemed.
    pub token_endpoint: String,
    /// Where tokens are asked about.
    pub introspection_endpoint: String,
    /// Where tokens are revoked.
    pub revocation_endpoint: String,
    /// Where published keys stand, if any token is signed with one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// Where devices begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_authorization_endpoint: Option<String>,
    /// Scopes.
    pub scopes_supported: Vec<&'static str>,
    /// `response_type` values.
    pub response_types_supported: Vec<&'static str>,
    /// How answers come back.
    pub response_modes_supported: Vec<&'static str>,
    /// `grant_type` values.
    pub grant_types_supported: Vec<&'static str>,
    /// Client authentication at the token endpoint.
    pub token_endpoint_auth_methods_supported: Vec<&'static str>,
    /// Client authentication at the introspection endpoint.
    pub introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    /// Client authentication at the revocation endpoint.
    pub revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    /// PKCE methods.
    pub code_challenge_methods_supported: Vec<&'static str>,
    /// Whether answers name their issuer (RFC 9207 §3).
    pub authorization_response_iss_parameter_supported: bool,
    /// What OpenID Connect adds.
    #[serde(flatten)]
    pub openid: Option<OpenId>,
}

/// What OpenID Connect adds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the standard names each of them"
)]
pub struct OpenId {
    /// Where claims are read.
    pub userinfo_endpoint: String,
    /// How subjects are named.
    pub subject_types_supported: Vec<&'static str>,
    /// How ID tokens are signed.
    pub id_token_signing_alg_values_supported: Vec<&'static str>,
    /// Claims.
    pub claims_supported: Vec<&'static str>,
    /// `prompt` values.
    pub prompt_values_supported: Vec<&'static str>,
    /// Where browsers are signed out (RP-Initiated Logout §2.1).
    pub end_session_endpoint: String,
    /// Whether applications are told of a logout directly (Back-Channel Logout §2.1).
    pub backchannel_logout_supported: bool,
    /// Whether they are told which session.
    pub backchannel_logout_session_supported: bool,
    /// The `claims` parameter.
    pub claims_parameter_supported: bool,
    /// Request objects.
    pub request_parameter_supported: bool,
    /// Request objects by reference: a client takes silence for yes (Discovery §3).
    pub request_uri_parameter_supported: bool,
}

/// What an authorization server has to have for OpenID Connect.
#[derive(Debug, Clone)]
pub struct OpenIdEndpoints {
    /// Where people are sent.
    pub authorization: String,
    /// Where claims are read.
    pub userinfo: String,
    /// Where published keys stand.
    pub jwks: String,
    /// Where browsers are signed out.
    pub end_session: String,
}

impl OpenId {
    fn new(endpoints: &OpenIdEndpoints) -> Self {
        Self {
            userinfo_endpoint: endpoints.userinfo.clone(),
            subject_types_supported: vec!["public"],
            id_token_signing_alg_values_supported: vec!["ES256"],
            claims_supported: openid::CLAIMS.to_vec(),
            prompt_values_supported: vec!["none", "login"],
            end_session_endpoint: endpoints.end_session.clone(),
            backchannel_logout_supported: true,
            backchannel_logout_session_supported: true,
            claims_parameter_supported: false,
            request_parameter_supported: false,
            request_uri_parameter_supported: false,
        }
    }
}

/// How clients with a secret prove it.
const CLIENT_METHODS: [&str; 2] = ["client_secret_basic", "client_secret_post"];
/// At the token endpoint, public clients only name themselves.
const TOKEN_METHODS: [&str; 3] = ["client_secret_basic", "client_secret_post", "none"];

impl Metadata {
    /// The document of an issuer whose endpoints stand at these addresses; code flow, refresh and client credentials.
    pub fn new(
        issuer: &str,
        token_endpoint: String,
        introspection_endpoint: String,
        revocation_endpoint: String,
    ) -> Self {
        Self {
            issuer: issuer.to_owned(),
            authorization_endpoint: None,
            token_endpoint,
            introspection_endpoint,
            revocation_endpoint,
            jwks_uri: None,
            device_authorization_endpoint: None,
            scopes_supported: Vec::new(),
            response_types_supported: vec!["code"],
            response_modes_supported: vec!["query"],
            grant_types_supported: vec![
                "authorization_code",
                "refresh_token",
                "client_credentials",
            ],
            token_endpoint_auth_methods_supported: TOKEN_METHODS.to_vec(),
            introspection_endpoint_auth_methods_supported: CLIENT_METHODS.to_vec(),
            revocation_endpoint_auth_methods_supported: CLIENT_METHODS.to_vec(),
            code_challenge_methods_supported: vec!["S256"],
            authorization_response_iss_parameter_supported: true,
            openid: None,
        }
    }

    /// With the endpoints of OpenID Connect.
    #[must_use]
    pub fn with_openid(mut self, endpoints: OpenIdEndpoints) -> Self {
        self.openid = Some(OpenId::new(&endpoints));
        self.authorization_endpoint = Some(endpoints.authorization);
        self.jwks_uri = Some(endpoints.jwks);
        self
    }

    /// With the device flow, which begins there.
    #[must_use]
    pub fn with_device(mut self, endpoint: String) -> Self {
        self.device_authorization_endpoint = Some(endpoint);
        self.grant_types_supported.push(DEVICE_CODE);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn document_names_only_what_is_offered() {
        let at = |path: &str| format!("https://o.example{path}");
        let document = Metadata::new(
            "https://o.example",
            at("/token"),
            at("/introspect"),
            at("/revoke"),
        );
        insta::assert_snapshot!(serde_json::to_string_pretty(&document).unwrap(), @r#"
        {
          "issuer": "https://o.example",
          "token_endpoint": "https://o.example/token",
          "introspection_endpoint": "https://o.example/introspect",
          "revocation_endpoint": "https://o.example/revoke",
          "scopes_supported": [],
          "response_types_supported": [
            "code"
          ],
          "response_modes_supported": [
            "query"
          ],
          "grant_types_supported": [
            "authorization_code",
            "refresh_token",
            "client_credentials"
          ],
          "token_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "client_secret_post",
            "none"
          ],
          "introspection_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "client_secret_post"
          ],
          "revocation_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "client_secret_post"
          ],
          "code_challenge_methods_supported": [
            "S256"
          ],
          "authorization_response_iss_parameter_supported": true
        }
        "#);
    }

    #[test]
    fn what_openid_connect_adds_stands_in_the_same_document() {
        let at = |path: &str| format!("https://o.example{path}");
        let document = Metadata::new("https://o.example", at("/t"), at("/i"), at("/r"))
            .with_openid(OpenIdEndpoints {
                authorization: at("/a"),
                userinfo: at("/u"),
                jwks: at("/k"),
                end_session: at("/e"),
            })
            .with_device(at("/d"));
        let document = serde_json::to_value(&document).unwrap();
        let expected = serde_json::json!({
            "authorization_endpoint": at("/a"),
            "userinfo_endpoint": at("/u"),
            "jwks_uri": at("/k"),
            "end_session_endpoint": at("/e"),
            "device_authorization_endpoint": at("/d"),
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "request_uri_parameter_supported": false,
            "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials", DEVICE_CODE],
        });
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(document[name], *value, "{name}");
        }
    }
}
