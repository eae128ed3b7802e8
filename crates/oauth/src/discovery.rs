//! The metadata documents that clients configure themselves from (RFC 8414 §2, OpenID Connect Discovery §3).

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
pub struct OpenId {
    /// Where claims are read.
    pub userinfo_endpoint: String,
    /// How subjects are named.
    pub subject_types_supported: Vec<&'static str>,
    /// How ID tokens are signed.
    pub id_token_signing_alg_values_supported: Vec<&'static str>,
    /// Claims.
    pub claims_supported: Vec<&'static str>,
}

const CLIENT_METHODS: [&str; 2] = ["client_secret_basic", "client_secret_post"];

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
            token_endpoint_auth_methods_supported: CLIENT_METHODS.to_vec(),
            introspection_endpoint_auth_methods_supported: CLIENT_METHODS.to_vec(),
            revocation_endpoint_auth_methods_supported: CLIENT_METHODS.to_vec(),
            code_challenge_methods_supported: vec!["S256"],
            authorization_response_iss_parameter_supported: true,
            openid: None,
        }
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
            "client_secret_post"
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
}
