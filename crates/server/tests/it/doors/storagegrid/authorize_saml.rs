//! `POST /api/v3/authorize-saml`.

use crate::support::{Call, GRID, TestServer};

fn call(body: &str) -> Call<'static> {
    Call::post(GRID, "/api/v3/authorize-saml").json(body)
}

#[tokio::test]
async fn the_url_begins_and_ends_as_the_document_prints_it() {
    let server = TestServer::start().await;
    let answer = server.answer(call(r#"{"accountId": "12345"}"#)).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let url = answer.data();
    assert!(
        url.starts_with("https://adfs.example.com/adfs/ls/?SAMLRequest="),
        "{url}"
    );
    assert!(url.ends_with("&RelayState=12345"), "{url}");
    let keys: Vec<_> = answer.json().as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["apiVersion", "data", "responseTime", "status"]);
    assert_eq!(answer.json()["responseTime"], "2018-11-06T16:30:23.355Z");
}

#[tokio::test]
async fn what_clients_in_use_send_is_understood() {
    let server = TestServer::start().await;
    for (body, account) in [
        (r#"{"AccountId": "12345", "surplus": [1]}"#, "12345"),
        (r#"{"AccountId": ""}"#, "0"),
        (r#"{"accountId": null}"#, "0"),
        ("{}", "0"),
        (r#"{"accountId": 12345}"#, "12345"),
    ] {
        let url = server.answer(call(body)).await.data();
        assert!(
            url.ends_with(&format!("&RelayState={account}")),
            "{body}: {url}"
        );
    }
    let form = Call::post(GRID, "/api/v3/authorize-saml").body(
        "application/x-www-form-urlencoded",
        r#"{"accountId": "12345"}"#,
    );
    assert_eq!(server.answer(form).await.status, 200);
}

#[tokio::test]
async fn an_account_without_single_sign_on_says_so() {
    let server = TestServer::start().await;
    let answer = server.answer(call(r#"{"accountId": "55555"}"#)).await;
    insta::assert_snapshot!(answer, @r#"
    400
    cache-control: no-store
    connection: close
    content-length: 237
    content-type: application/json
    referrer-policy: no-referrer
    strict-transport-security: max-age=31536000
    x-content-type-options: nosniff

    {"apiVersion":"3.0","code":400,"errors":[{"key":"sso_disabled","text":"Single sign-on is not enabled."}],"message":{"key":"sso_disabled","text":"Single sign-on is not enabled."},"responseTime":"2018-11-06T16:30:23.355Z","status":"error"}
    "#);
}

#[tokio::test]
async fn an_unknown_account_is_not_found_and_a_doubled_one_refused() {
    let server = TestServer::start().await;
    let unknown = server.answer(call(r#"{"accountId": "99999"}"#)).await;
    assert_eq!(
        (unknown.status, unknown.key().as_str()),
        (404, "account.unknown")
    );
    let doubled = server
        .answer(call(r#"{"accountId": "0", "AccountId": "12345"}"#))
        .await;
    assert_eq!(doubled.status, 422);
}
