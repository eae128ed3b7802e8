//! Introspection (RFC 7662) and revocation (RFC 7009): one client asks about one token.

use crate::client::ClientCredentials;
use crate::error::Refusal;
use crate::form::Parameters;
use crate::secret::Secret;
use serde::Serialize;

/// A question about a token. `token_type_hint` is only a hint, and one look-up serves both kinds: it is not needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenQuestion {
    /// Who asks.
    pub client: ClientCredentials,
    /// The token.
    pub token: Secret,
    /// `state`, which HORACIUS's document sends along and gets back.
    pub state: Option<String>,
}

impl TokenQuestion {
    /// Reads the `Authorization` header and the form body. The token stands in `token`, or in `access_token` as HORACIUS's
    /// document has it ("Revogação do Token"); in both, nobody knows which is meant. Codes: `oauth.token_missing`,
    /// `oauth.token_twice`, and those of [`Parameters::read`] and [`ClientCredentials::read`].
    pub fn read(authorization: Option<&str>, body: &str) -> Result<Self, Refusal> {
        let form = Parameters::read(body)?;
        let client = ClientCredentials::read(authorization, &form)?;
        let (standard, documented) = (form.value("token"), form.value("access_token"));
        Refusal::request("oauth.token_twice", "The token stands in two parameters.")
            .unless(standard.is_none() || documented.is_none())?;
        let missing = Refusal::request("oauth.token_missing", "The token is missing.");
        let token = standard.or(documented).ok_or(missing)?;
        Ok(Self {
            client,
            token: Secret::new(token),
            state: form.sent("state").map(str::to_owned),
        })
    }
}

/// What is known of a live token (RFC 7662 §2.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Active {
    /// `scope`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// `client_id`.
    pub client_id: String,
    /// User name, if a person stands behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// `Bearer` for access tokens.
    pub token_type: &'static str,
    /// When it expires, in seconds.
    pub exp: i64,
    /// When it was issued, in seconds.
    pub iat: i64,
    /// Whom it is about.
    pub sub: String,
    /// Who issued it.
    pub iss: String,
}

/// The answer. There is no variant for "cannot tell": a store that is away is a 503, never `active`, true or false.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Introspection {
    /// Live.
    Active(Box<Active>),
    /// Unknown, expired, revoked or somebody else's: exactly `{"active":false}` (RFC 7662 §2.2).
    Inactive,
}

impl Serialize for Introspection {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Answer<'a> {
            active: bool,
            #[serde(flatten)]
            facts: Option<&'a Active>,
        }
        let facts = match self {
            Self::Active(facts) => Some(facts.as_ref()),
            Self::Inactive => None,
        };
        Answer {
            active: facts.is_some(),
            facts,
        }
        .serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn question_is_read_in_both_spellings() {
        for body in [
            "token=t&token_type_hint=refresh_token",
            "state=123&access_token=t",
        ] {
            let read = TokenQuestion::read(Some("Basic YXBwOnM="), body).unwrap();
            assert_eq!((read.client.id.as_str(), read.token.expose()), ("app", "t"));
        }
        let refused = |body| {
            TokenQuestion::read(Some("Basic YXBwOnM="), body)
                .unwrap_err()
                .code()
        };
        assert_eq!(refused("token="), "oauth.token_missing");
        assert_eq!(refused("token=a&access_token=b"), "oauth.token_twice");
        assert_eq!(
            TokenQuestion::read(None, "token=t").unwrap_err().code(),
            "oauth.client_missing"
        );
    }

    #[test]
    fn inactive_token_says_nothing_else() {
        assert_eq!(
            serde_json::to_string(&Introspection::Inactive).unwrap(),
            r#"{"active":false}"#
        );
    }

    #[test]
    fn active_token_says_what_the_standard_names() {
        let active = Introspection::Active(Box::new(Active {
            scope: "a".into(),
            client_id: "app".into(),
            username: None,
            token_type: "Bearer",
            exp: 2,
            iat: 1,
            sub: "s".into(),
            iss: "https://o.example".into(),
        }));
        assert_eq!(
            serde_json::to_string(&active).unwrap(),
            r#"{"active":true,"scope":"a","client_id":"app","token_type":"Bearer","exp":2,"iat":1,"sub":"s","iss":"https://o.example"}"#
        );
    }

    proptest! {
        #[test]
        fn never_panics(authorization in ".{0,40}", body in ".{0,100}") {
            let _ = TokenQuestion::read(Some(&authorization), &body);
        }
    }
}
