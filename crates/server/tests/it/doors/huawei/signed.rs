//! What a service of the cloud fetches to verify tokens without asking.

use super::{redeem, saml_response};
use crate::support::cloud::{IAM, IAM_REGION};
use crate::support::{Call, TestServer};

const KEYS: &str = "/v3-ext/auth/OS-FEDERATION/jwks";
const REVOCATIONS: &str = "/v3-ext/auth/OS-FEDERATION/revocations";

#[tokio::test]
async fn token_names_a_published_key_and_fits_into_a_header() {
    let server = TestServer::start().await;
    let answer = redeem(&server, "ACME", &saml_response(&server, "ana").await).await;
    let token = answer.header("x-subject-token").unwrap();
    assert_eq!(token.split('.').count(), 3);
    assert!(token.len() < 4096);
    for host in [IAM, IAM_REGION] {
        let keys = server.answer(Call::get(host, KEYS)).await;
        assert_eq!(
            keys.header("content-type"),
            Some("application/jwk-set+json")
        );
        assert_eq!(keys.header("cache-control"), Some("max-age=300"));
        let key = keys.json()["keys"][0].take();
        assert_eq!(key["alg"], "ES256");
        assert!(key["d"].is_null(), "no private part");
    }
}

#[tokio::test]
async fn list_of_revoked_tokens_is_fetched_again_only_when_it_changed() {
    let server = TestServer::start().await;
    let first = server.answer(Call::get(IAM, REVOCATIONS)).await;
    assert_eq!(first.status, 200, "{first}");
    assert_eq!(first.header("content-type"), Some("application/jwt"));
    assert_eq!(first.header("cache-control"), Some("max-age=30"));
    let tag = first.header("etag").unwrap();
    let ask = || Call::get(IAM, REVOCATIONS).header("If-None-Match", tag);
    let same = server.answer(ask()).await;
    assert_eq!((same.status, same.body.as_str()), (304, ""));
    server.clock.advance(jiff::SignedDuration::from_mins(1));
    let later = server.answer(ask()).await;
    assert_eq!(later.status, 200, "its own time is over: {later}");
}
