//! `cookie` and `csrfToken` of `POST /api/v3/authorize`, and what a token in a cookie may do.

use crate::support::{Answer, Call, GRID, TestServer};

async fn authorize(server: &TestServer, extra: &str) -> Answer {
    let password = TestServer::PASSWORD;
    let body =
        format!(r#"{{"accountId": "55555", "username": "root", "password": "{password}"{extra}}}"#);
    let answer = server
        .answer(Call::post(GRID, "/api/v3/authorize").json(&body))
        .await;
    assert_eq!(answer.status, 200, "{answer}");
    answer
}

/// The cookies of an answer, without their attributes.
fn cookies(answer: &Answer) -> Vec<(String, String)> {
    let set = answer
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie");
    set.map(|(_, value)| {
        let pair = value.split(';').next().unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        (name.to_owned(), value.to_owned())
    })
    .collect()
}

/// A signed-in browser: its `Cookie` header, and the companion.
async fn browser(server: &TestServer) -> (String, String) {
    let answer = authorize(server, r#", "cookie": true, "csrfToken": true"#).await;
    let cookies = cookies(&answer);
    let pairs: Vec<String> = cookies
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    (pairs.join("; "), cookies[1].1.clone())
}

async fn config(server: &TestServer, cookie: &str) -> u16 {
    let call = Call::get(GRID, "/api/v3/org/config").header("Cookie", cookie);
    server.answer(call).await.status
}

fn delete<'a>(cookie: &str) -> Call<'a> {
    Call::new("DELETE", GRID, "/api/v3/authorize").header("Cookie", cookie)
}

#[tokio::test]
async fn cookies_are_set_when_asked_for() {
    let server = TestServer::start().await;
    assert_eq!(cookies(&authorize(&server, "").await), []);
    let answer = authorize(&server, r#", "csrfToken": true"#).await;
    let names = |answer: &Answer| -> Vec<String> {
        cookies(answer).into_iter().map(|(name, _)| name).collect()
    };
    assert_eq!(names(&answer), ["AccountCsrfToken"]);
    let answer = authorize(&server, r#", "cookie": true"#).await;
    assert_eq!(names(&answer), ["AccountAuthorization", "AccountCsrfToken"]);
    assert_eq!(cookies(&answer)[0].1, answer.data());
    let set: Vec<&str> = answer
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie")
        .map(|(_, value)| value.split_once(';').unwrap().1)
        .collect();
    assert_eq!(
        set,
        [
            " Path=/; HttpOnly; Secure; SameSite=Strict",
            " Path=/; Secure; SameSite=Strict"
        ]
    );
}

#[tokio::test]
async fn a_switch_that_is_no_boolean_is_invalid() {
    let server = TestServer::start().await;
    let body = r#"{"accountId": "55555", "username": "root", "password": "x", "cookie": "yes"}"#;
    let answer = server
        .answer(Call::post(GRID, "/api/v3/authorize").json(body))
        .await;
    assert_eq!((answer.status, answer.key().as_str()), (422, "error.422"));
}

#[tokio::test]
async fn a_token_in_its_cookie_reads_what_a_bearer_token_reads() {
    let server = TestServer::start().await;
    let (cookie, _) = browser(&server).await;
    assert_eq!(config(&server, &cookie).await, 200);
    let renamed = cookie.replace("AccountAuthorization", "GridAuthorization");
    assert_eq!(
        config(&server, &renamed).await,
        401,
        "each side has its own"
    );
    let doubled = format!("{cookie}; AccountAuthorization=56eb07bf-21f6-40b7-af0b-5c6cacfb25e7");
    assert_eq!(config(&server, &doubled).await, 401, "nobody knows which");
    let call = Call::get(GRID, "/api/v3/org/config").header("Cookie", &cookie);
    let answer = server.answer(call.header("Authorization", "Basic x")).await;
    assert_eq!(answer.status, 401, "a header is not overruled by a cookie");
}

#[tokio::test]
async fn a_cookie_alone_changes_nothing() {
    let server = TestServer::start().await;
    let (cookie, companion) = browser(&server).await;
    let (_, others) = browser(&server).await;
    let attempts = [
        delete(&cookie),
        delete(&cookie).header("X-Csrf-Token", ""),
        delete(&cookie).header("X-Csrf-Token", &others),
        delete(&cookie).form(&[("csrfToken", others.as_str())]),
    ];
    for call in attempts {
        let answer = server.answer(call).await;
        assert_eq!((answer.status, answer.key().as_str()), (403, "csrf.token"));
    }
    assert_eq!(config(&server, &cookie).await, 200);
    let answer = server
        .answer(delete(&cookie).header("X-Csrf-Token", &companion))
        .await;
    assert_eq!(answer.status, 204, "{answer}");
    assert_eq!(
        cookies(&answer),
        [
            ("AccountAuthorization".to_owned(), String::new()),
            ("AccountCsrfToken".to_owned(), String::new())
        ]
    );
    assert_eq!(config(&server, &cookie).await, 401);
}

#[tokio::test]
async fn the_companion_may_stand_in_a_form() {
    let server = TestServer::start().await;
    let (cookie, companion) = browser(&server).await;
    let call = delete(&cookie).form(&[("csrfToken", companion.as_str())]);
    assert_eq!(server.answer(call).await.status, 204);
}

#[tokio::test]
async fn a_browsers_json_says_that_it_is_json() {
    let server = TestServer::start().await;
    let (cookie, _) = browser(&server).await;
    let body = r#"{"accountId": "12345"}"#;
    let post = |media_type: &str| {
        Call::post(GRID, "/api/v3/authorize-saml")
            .header("Cookie", &cookie)
            .body(media_type, body)
    };
    assert_eq!(server.answer(post("text/plain")).await.status, 415);
    let json = post("application/json; charset=utf-8");
    assert_eq!(server.answer(json).await.status, 200);
    let script = Call::post(GRID, "/api/v3/authorize-saml").body("text/plain", body);
    assert_eq!(server.answer(script).await.status, 200);
}
