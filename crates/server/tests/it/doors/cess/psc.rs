//! Our own PSC, asked as applications ask a cloud.

use super::{BACK, CLIENT, CPF, PSC, psc_server};
use crate::support::{Answer, Browser, Call, Page, TestServer, totp};
use jiff::SignedDuration;
use serde_json::json;

// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn url(more: &str) -> String {
    format!(
        "http://{PSC}/v0/oauth/authorize?response_type=code&client_id=gateway&redirect_uri=https%3A%2F%2Fsigner.example.com%2Fback\
         &state=a%20b&code_challenge={CHALLENGE}&code_challenge_method=S256{more}"
    )
}

/// The page with the holder's code on it, sent.
async fn allow(server: &TestServer, page: &Page, browser: &mut Browser<'_>) -> Page {
    let code = totp::code(server);
    browser.submit(page, &[("password", &code)]).await
}

fn code_in(page: &Page) -> String {
    let location = page
        .answer
        .header("location")
        .expect("back to the application");
    let back = location
        .strip_prefix(&format!("{BACK}?code="))
        .expect(location);
    let (code, rest) = back.split_once('&').unwrap();
    assert_eq!(rest, "state=a%20b&iss=https%3A%2F%2F127.0.0.1");
    code.to_owned()
}

async fn redeem(server: &TestServer, change: &[(&str, &str)], code: &str) -> Answer {
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT.0),
        ("client_secret", CLIENT.1),
        ("redirect_uri", BACK),
        ("code", code),
        ("code_verifier", VERIFIER),
    ];
    for (name, value) in change {
        fields.retain(|(have, _)| have != name);
        fields.push((name, value));
    }
    server
        .answer(Call::post(PSC, "/v0/oauth/token").form(&fields))
        .await
}

async fn discovery(server: &TestServer, token: &str) -> Answer {
    let path = "/v0/oauth/certificate-discovery";
    server.answer(Call::get(PSC, path).bearer(token)).await
}

#[tokio::test]
async fn a_person_allows_an_application_a_session() {
    let server = psc_server().await;
    let mut browser = Browser::new(&server);
    let page = browser
        .get(&url(
            "&scope=signature_session&lifetime=900&login_hint=52998224725",
        ))
        .await;
    assert_eq!(page.answer.status, 200, "{}", page.answer);
    assert_eq!(page.field("username").as_deref(), Some(CPF));
    let policy = page.answer.header("content-security-policy").unwrap();
    assert!(policy.contains("form-action 'self' https://signer.example.com/back"));
    let back = allow(&server, &page, &mut browser).await;
    assert_eq!(back.answer.status, 302, "{}", back.answer);
    let code = code_in(&back);
    let told = redeem(&server, &[], &code).await;
    assert_eq!(told.status, 200, "{told}");
    let mut told = told.json();
    let token = told["access_token"].take();
    assert_eq!(
        told,
        json!({
            "access_token": null,
            "token_type": "bearer",
            "expires_in": 900,
            "scope": "signature_session",
            "authorized_identification": CPF,
            "authorized_identification_type": "CPF",
        })
    );
    let token = token.as_str().unwrap();
    assert_eq!(discovery(&server, token).await.status, 200);
    assert_eq!(discovery(&server, token).await.status, 200);
    assert_eq!(redeem(&server, &[], &code).await.status, 400, "used");
    assert_eq!(discovery(&server, token).await.status, 401);
}

#[tokio::test]
async fn a_single_signature_is_allowed_once() {
    let server = psc_server().await;
    let mut browser = Browser::new(&server);
    let page = browser.get(&url("&scope=single_signature")).await;
    let typed = [("username", CPF), ("password", "000000")];
    let wrong = browser.submit(&page, &typed).await;
    assert_eq!(wrong.answer.status, 200);
    assert!(wrong.body().contains(r#"role="alert""#));
    assert_eq!(wrong.field("username").as_deref(), Some(CPF), "kept");
    let back = allow(&server, &wrong, &mut browser).await;
    let told = redeem(&server, &[], &code_in(&back)).await.json();
    assert_eq!(told["expires_in"], 600, "ten minutes at most");
    let token = told["access_token"].as_str().unwrap();
    let first = discovery(&server, token).await;
    assert_eq!(first.json()["scope"], "single_signature");
    assert_eq!(discovery(&server, token).await.status, 401);
    let again = allow(&server, &wrong, &mut browser).await;
    assert_eq!(again.answer.status, 200, "a code allows once");
    assert!(again.body().contains(r#"role="alert""#));
}

#[tokio::test]
async fn a_code_needs_its_client_verifier_and_address() {
    let server = psc_server().await;
    let mut browser = Browser::new(&server);
    let page = browser.get(&url("&login_hint=52998224725")).await;
    let code = code_in(&allow(&server, &page, &mut browser).await);
    for (change, status, error) in [
        (("client_secret", "wrong"), 401, "invalid_client"),
        (("code_verifier", CHALLENGE), 400, "invalid_grant"),
        (
            ("redirect_uri", "https://evil.example.com/"),
            400,
            "invalid_grant",
        ),
        (("grant_type", "password"), 400, "unsupported_grant_type"),
        (
            ("grant_type", "client_credentials"),
            400,
            "unsupported_grant_type",
        ),
        (("code", ""), 400, "invalid_request"),
    ] {
        let refused = redeem(&server, &[change], &code).await;
        assert_eq!(refused.status, status, "{change:?} {refused}");
        assert_eq!(refused.json()["error"], error, "{change:?}");
    }
    server.clock.advance(SignedDuration::from_secs(59));
    assert_eq!(redeem(&server, &[], &code).await.status, 200, "control");
}

#[tokio::test]
async fn a_request_that_cannot_be_believed_leads_nowhere() {
    let server = psc_server().await;
    let mut browser = Browser::new(&server);
    for bad in [
        url("").replace("signer.example", "evil.example"),
        url("").replace("client_id=gateway", "client_id=other"),
        url("&state=twice"),
    ] {
        let page = browser.get(&bad).await;
        assert_eq!(page.answer.status, 400, "{bad}");
        assert_eq!(page.answer.header("location"), None);
    }
    let refused = browser.get(&url("&scope=everything")).await;
    let location = refused.answer.header("location").unwrap();
    assert!(
        location.starts_with(&format!("{BACK}?error=invalid_scope&")),
        "{location}"
    );
    let mut elsewhere = Browser::new(&server).always("Sec-Fetch-Site", "cross-site");
    let page = browser.get(&url("&login_hint=52998224725")).await;
    let posted = allow(&server, &page, &mut elsewhere).await;
    assert_eq!(posted.answer.status, 403);
    let posted = allow(&server, &page, &mut browser).await;
    assert_eq!(posted.answer.status, 302, "control: the code was not spent");
}
