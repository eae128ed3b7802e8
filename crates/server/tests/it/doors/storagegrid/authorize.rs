//! `POST /api/v3/authorize`.

use crate::support::{Answer, Call, GRID, TestServer};

async fn authorize(server: &TestServer, account: &str, user: &str, password: &str) -> Answer {
    let body = serde_json::json!({ "accountId": account, "username": user, "password": password })
        .to_string();
    server
        .answer(Call::post(GRID, "/api/v3/authorize").json(&body))
        .await
}

#[tokio::test]
async fn where_single_sign_on_is_on_a_password_is_refused_with_the_key_that_clients_look_for() {
    let server = TestServer::start().await;
    let answer = authorize(&server, "12345", "root", TestServer::PASSWORD).await;
    insta::assert_snapshot!(answer, @r#"
    400
    cache-control: no-store
    connection: close
    content-length: 281
    content-type: application/json
    referrer-policy: no-referrer
    strict-transport-security: max-age=31536000
    x-content-type-options: nosniff

    {"apiVersion":"3.0","code":400,"errors":[{"key":"sso_enabled","text":"Single sign-on is enabled and must be used to log in."}],"message":{"key":"sso_enabled","text":"Single sign-on is enabled and must be used to log in."},"responseTime":"2018-11-06T16:30:23.355Z","status":"error"}
    "#);
}

#[tokio::test]
async fn where_it_is_off_a_password_buys_a_token_and_says_until_when() {
    let server = TestServer::start().await;
    let answer = authorize(&server, "55555", "root", TestServer::PASSWORD).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(
        answer.header("cache-control"),
        Some("private, no-cache, max-age=57599")
    );
    assert_eq!(
        answer.header("expires"),
        Some("Wed, 07 Nov 2018 08:30:23 GMT")
    );
    let config = server
        .answer(Call::get(GRID, "/api/v3/org/config").bearer(&answer.data()))
        .await;
    assert_eq!(config.status, 200, "{config}");
}

#[tokio::test]
async fn wrong_credentials_look_the_same_whatever_is_wrong() {
    let server = TestServer::start().await;
    let wrong = authorize(&server, "55555", "root", "wrong").await;
    insta::assert_snapshot!(wrong, @r#"
    401
    cache-control: no-store
    connection: close
    content-length: 227
    content-type: application/json
    referrer-policy: no-referrer
    strict-transport-security: max-age=31536000
    www-authenticate: Bearer
    x-content-type-options: nosniff

    {"apiVersion":"3.0","code":401,"errors":[{"key":"login.credentials","text":"Credentials invalid."}],"message":{"key":"login.credentials","text":"Credentials invalid."},"responseTime":"2018-11-06T16:30:23.355Z","status":"error"}
    "#);
    let shown = wrong.to_string();
    assert_eq!(
        authorize(&server, "55555", "nobody", TestServer::PASSWORD)
            .await
            .to_string(),
        shown
    );
    assert_eq!(
        authorize(&server, "99999", "root", TestServer::PASSWORD)
            .await
            .to_string(),
        shown
    );
}

#[tokio::test]
async fn a_document_that_lacks_something_is_refused() {
    let server = TestServer::start().await;
    let status = async |body: &str| {
        server
            .answer(Call::post(GRID, "/api/v3/authorize").json(body))
            .await
            .status
    };
    assert_eq!(
        status(r#"{"accountId":"55555","username":"root"}"#).await,
        422
    );
    assert_eq!(
        status(r#"{"accountId":"55555","username":["root"],"password":"x"}"#).await,
        422
    );
    assert_eq!(
        status(r#"{"accountId":"a b","username":"root","password":"x"}"#).await,
        422
    );
    assert_eq!(status(r#"["accountId"]"#).await, 400);
    assert_eq!(status("no json").await, 400);
    assert_eq!(status(&"[".repeat(50_000)).await, 400);
}
