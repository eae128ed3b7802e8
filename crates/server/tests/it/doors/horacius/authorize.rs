use super::{Browser, IMPLICIT};
use crate::support::TestServer;

#[tokio::test]
async fn unregistered_address_is_an_error_page_without_a_location() {
    let server = TestServer::start().await;
    let mut browser = Browser::of(&server);
    browser.through(IMPLICIT).await;
    let registered = "https%3A%2F%2Fapp.example.com%3A9090%2Foauth%2Ftoken";
    for variant in [
        "https%3A%2F%2Fevil.example.com%2F",
        "https%3A%2F%2Fapp.example.com%3A9090%2Foauth%2Ftoken.evil.example",
        "https%3A%2F%2Fapp.example.com%3A9090%2Foauth%2Ftoken%2F..%2Fx",
        "https%3A%2F%2Fapp.example.com%3A9090%2Foauth%2Ftoken%23x",
        "https%3A%2F%2Fapp.example.com%3A9090%2Foauth%2Ftoken%3Fcode%3Dplanted",
        "https%3A%2F%2Fapp.example.com%2Foauth%2Ftoken",
        "https%3A%2F%2Fuser%40app.example.com%3A9090%2Foauth%2Ftoken",
        "https%3A%2F%2FAPP.example.com%3A9090%2Foauth%2Ftoken",
        "http%3A%2F%2Fapp.example.com%3A9090%2Foauth%2Ftoken",
        "javascript%3Aalert(1)",
        // Registered, but for codes.
        "https%3A%2F%2Fapp.example.com%3A9090%2Foauth%2Fcode",
        "",
    ] {
        let answer = browser.get(&IMPLICIT.replace(registered, variant)).await;
        let seen = (answer.status, answer.header("location"));
        // An address that is left out is the only registered one (RFC 6749 §3.1.2.3).
        if variant.is_empty() {
            assert_eq!(answer.status, 303);
        } else {
            assert_eq!(seen, (400, None), "{variant}");
        }
    }
    let twice = browser.get(&format!("{IMPLICIT}&state=x")).await;
    assert_eq!((twice.status, twice.header("location")), (400, None));
}

#[tokio::test]
async fn page_that_asks_may_lead_to_the_application_only() {
    let server = TestServer::start().await;
    let page = Browser::of(&server).get(IMPLICIT).await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.contains("form-action 'self' https://app.example.com:9090/oauth/token;"),
        "{policy}"
    );
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
}

#[tokio::test]
async fn answer_with_a_token_is_kept_by_nobody() {
    let server = TestServer::start().await;
    let mut browser = Browser::of(&server);
    browser.through(IMPLICIT).await;
    let answer = browser.get(IMPLICIT).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
}

#[tokio::test]
async fn refusal_goes_to_the_registered_address_and_names_the_issuer() {
    let server = TestServer::start().await;
    let mut browser = Browser::of(&server);
    let silent = browser.get(&format!("{IMPLICIT}&prompt=none")).await;
    insta::assert_snapshot!(silent.header("location").unwrap(), @"https://app.example.com:9090/oauth/token?error=login_required&error_description=Nobody%20is%20signed%20in.&state=&iss=https%3A%2F%2Fcomercial.sso.example.com");
}
