//! Published keys (RFC 7517): P-256 only, for signatures only.

use crate::base64url;
use crate::jwt::PublicKey;
use serde::Serialize;

/// A JWK set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct JwkSet {
    keys: Vec<Jwk>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Jwk {
    kty: &'static str,
    crv: &'static str,
    #[serde(rename = "use")]
    purpose: &'static str,
    // RFC 8725 §3.1: a key that says what it is for cannot be talked into anything else.
    alg: &'static str,
    kid: String,
    x: String,
    y: String,
}

impl JwkSet {
    /// Of these keys.
    pub fn publish(keys: impl IntoIterator<Item = PublicKey>) -> Self {
        Self {
            keys: keys.into_iter().map(jwk).collect(),
        }
    }
}

fn jwk(key: PublicKey) -> Jwk {
    // RFC 7518 §6.2.1.2: full-size octet strings, leading zeros included.
    let (x, y) = key.point[1..].split_at(32);
    Jwk {
        kty: "EC",
        crv: "P-256",
        purpose: "sig",
        alg: "ES256",
        kid: key.kid,
        x: base64url::encode(x),
        y: base64url::encode(y),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_key_names_use_and_algorithm() {
        let mut point = [0; 65];
        point[0] = 4;
        point[64] = 1;
        let set = JwkSet::publish([PublicKey {
            kid: "2026-11".into(),
            point,
        }]);
        insta::assert_snapshot!(serde_json::to_string_pretty(&set).unwrap(), @r#"
        {
          "keys": [
            {
              "kty": "EC",
              "crv": "P-256",
              "use": "sig",
              "alg": "ES256",
              "kid": "2026-11",
              "x": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
              "y": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"
            }
          ]
        }
        "#);
    }
}
