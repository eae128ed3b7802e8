//! `DELETE /api/v3/authorize` and `/api/saml-logout`.

use crate::support::sign_on::token;
use crate::support::{ADFS, Answer, Call, GRID, TestServer};

async fn delete(server: &TestServer, token: &str, cookie: &str) -> Answer {
    let call = Call::new("DELETE", GRID, "/api/v3/authorize").bearer(token);
    server.answer(call.header("Cookie", cookie)).await
}

async fn opens(server: &TestServer, token: &str) -> bool {
    server
        .answer(Call::get(GRID, "/api/v3/org/config").bearer(token))
        .await
        .status
        == 200
}

/// What AD FS answers to the logout URL: the target on our side.
async fn logout_response(server: &TestServer, url: &str) -> String {
    let target = url
        .strip_prefix("https://adfs.example.com")
        .expect("the provider's URL");
    let answer = server.answer(Call::get(ADFS, target)).await;
    assert_eq!(answer.status, 302, "{answer}");
    let back = answer.header("location").expect("a way back");
    back.strip_prefix("https://storagegrid.example.com:443")
        .expect("our logout URL")
        .to_owned()
}

#[tokio::test]
async fn without_the_cookie_the_token_ends_and_ends_again() {
    let server = TestServer::start().await;
    let token = token(&server, "12345").await;
    assert!(opens(&server, &token).await);
    let answer = delete(&server, &token, "sso=false").await;
    insta::assert_snapshot!(answer, @"
    204
    cache-control: no-store
    connection: close
    referrer-policy: no-referrer
    strict-transport-security: max-age=31536000
    x-content-type-options: nosniff
    ");
    assert!(!opens(&server, &token).await);
    assert_eq!(delete(&server, &token, "").await.status, 204);
    assert_eq!(
        delete(&server, "00000000-0000-4000-8000-000000000000", "")
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn with_the_cookie_a_url_is_given_and_nothing_ends_until_the_provider_answers() {
    let server = TestServer::start().await;
    let token = token(&server, "12345").await;
    let answer = delete(&server, &token, "sso=true").await;
    assert_eq!(answer.status, 200, "{answer}");
    let url = answer.data();
    assert!(
        url.starts_with("https://adfs.example.com/adfs/ls/?SAMLRequest="),
        "{url}"
    );
    assert!(opens(&server, &token).await);

    let back = logout_response(&server, &url).await;
    let done = server.answer(Call::get(GRID, &back)).await;
    insta::assert_snapshot!(done, @r#"
    200
    cache-control: no-store
    connection: close
    content-length: 93
    content-type: application/json
    referrer-policy: no-referrer
    strict-transport-security: max-age=31536000
    x-content-type-options: nosniff

    {"apiVersion":"3.0","data":null,"responseTime":"2018-11-06T16:30:23.355Z","status":"success"}
    "#);
    assert!(!opens(&server, &token).await);
    assert_eq!(
        delete(&server, &token, "").await.status,
        204,
        "the document's last step"
    );
}

#[tokio::test]
async fn a_logout_response_whose_signature_was_cut_off_ends_nothing() {
    let server = TestServer::start().await;
    let token = token(&server, "12345").await;
    let url = delete(&server, &token, "sso=true").await.data();
    let back = logout_response(&server, &url).await;
    let unsigned: Vec<&str> = back
        .split('&')
        .filter(|pair| !pair.starts_with("Signature="))
        .collect();
    let refused = server.answer(Call::get(GRID, &unsigned.join("&"))).await;
    assert_eq!(refused.status, 401, "{refused}");
    assert!(opens(&server, &token).await);
    assert_eq!(server.answer(Call::get(GRID, &back)).await.status, 200);
    assert!(!opens(&server, &token).await);
}

#[tokio::test]
async fn a_logout_without_a_message_is_a_bad_request() {
    let server = TestServer::start().await;
    let answer = server.answer(Call::get(GRID, "/api/saml-logout")).await;
    assert_eq!(
        (answer.status, answer.key().as_str()),
        (400, "bind.missing")
    );
}
