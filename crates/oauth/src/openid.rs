//! What ID tokens and logout tokens say (OpenID Connect Core §2, Back-Channel Logout §2.4).

use crate::base64url;
use crate::jwt::Claims;
use aws_lc_rs::digest::{SHA256, digest};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// The scope that asks for an ID token.
pub const OPENID: &str = "openid";
/// The scope of `name` and `preferred_username` (Core §5.4).
pub const PROFILE: &str = "profile";
/// The scope of `email`.
pub const EMAIL: &str = "email";
/// Claims that exist here.
pub const CLAIMS: [&str; 14] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "jti",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "sid",
    "name",
    "preferred_username",
    "email",
];

/// How long a logout token may travel (Back-Channel Logout §2.4 recommends at most two minutes).
const LOGOUT_TOKEN: SignedDuration = SignedDuration::from_mins(2);
/// The event that a logout token reports.
const LOGGED_OUT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// About whom a token is, and for whom.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Our issuer.
    pub issuer: &'a str,
    /// `client_id` of the application.
    pub client: &'a str,
    /// The person's identifier.
    pub subject: &'a str,
    /// The session's identifier.
    pub session: &'a str,
}

/// How somebody proved who they are.
#[derive(Debug, Clone, Copy)]
pub struct Authentication<'a> {
    /// When.
    pub at: Timestamp,
    /// The authentication context class.
    pub class: &'a str,
    /// The methods (RFC 8176); empty where they are not known.
    pub methods: &'a [&'a str],
}

/// The claims of an ID token. `id` is its `jti`, `times` when it is issued and when it expires, `nonce` that of the
/// authorization request, `access_token` the one that is issued beside it.
pub fn id_token(
    about: About<'_>,
    authentication: Authentication<'_>,
    (id, times): (&str, (Timestamp, Timestamp)),
    (nonce, access_token): (Option<&str>, &str),
) -> Claims {
    let claims = claims(about, id, times)
        .with("auth_time", authentication.at.as_second())
        .with("acr", authentication.class);
    let claims = match authentication.methods {
        [] => claims,
        methods => claims.with("amr", Value::from(methods)),
    };
    let claims = match nonce {
        Some(nonce) => claims.with("nonce", nonce),
        None => claims,
    };
    claims.with("at_hash", token_hash(access_token))
}

/// The claims of a logout token. It has no `nonce`, so that it is never taken for an ID token (Back-Channel Logout §2.4).
pub fn logout_token(about: About<'_>, id: &str, issued: Timestamp) -> Claims {
    claims(about, id, (issued, issued + LOGOUT_TOKEN)).with("events", json!({ LOGGED_OUT: {} }))
}

fn claims(about: About<'_>, id: &str, (issued, expires): (Timestamp, Timestamp)) -> Claims {
    Claims::new()
        .with("iss", about.issuer)
        .with("sub", about.subject)
        .with("aud", about.client)
        .with("iat", issued.as_second())
        .with("exp", expires.as_second())
        .with("jti", id)
        .with("sid", about.session)
}

/// `at_hash` (Core §3.1.3.6): the left half of the SHA-256 of the token's text.
fn token_hash(token: &str) -> String {
    base64url::encode(&digest(&SHA256, token.as_bytes()).as_ref()[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: About<'_> = About {
        issuer: "https://o.example",
        client: "app",
        subject: "ana",
        session: "s1",
    };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn hash_of_an_access_token_is_the_one_that_the_standard_prints() {
        // Core §A.3, whose ID token carries the at_hash of its access token.
        assert_eq!(
            token_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
            "77QmUPtjPfzWtF2AnpK9RQ"
        );
    }

    #[test]
    fn id_token_says_who_when_and_how() {
        let authentication = Authentication {
            at: at(1),
            class: "urn:c",
            methods: &["pwd", "otp"],
        };
        let claims = id_token(
            ABOUT,
            authentication,
            ("j", (at(2), at(3))),
            (Some("n"), "t"),
        );
        insta::assert_snapshot!(claims.to_json(), @r#"{"iss":"https://o.example","sub":"ana","aud":"app","iat":2,"exp":3,"jti":"j","sid":"s1","auth_time":1,"acr":"urn:c","amr":["pwd","otp"],"nonce":"n","at_hash":"47mKTaMaEn1L3m5DAz9mug"}"#);
    }

    #[test]
    fn logout_token_reports_one_event_and_has_no_nonce() {
        let claims = logout_token(ABOUT, "j", at(100));
        assert_eq!(
            claims.value("events").unwrap().to_string(),
            r#"{"http://schemas.openid.net/event/backchannel-logout":{}}"#
        );
        assert_eq!(claims.value("exp"), Some(&Value::from(220)));
        assert_eq!(
            (claims.text("sid"), claims.text("nonce")),
            (Some("s1"), None)
        );
    }
}
