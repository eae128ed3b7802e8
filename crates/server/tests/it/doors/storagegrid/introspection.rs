//! `POST /oauth/introspect`.

use crate::support::sign_on::token;
use crate::support::{API_SECRET, Answer, Call, GRID, TestServer};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;

async fn ask(server: &TestServer, secret: &str, token: &str) -> Answer {
    let basic = STANDARD.encode(format!("reports:{secret}"));
    let call = Call::post(GRID, "/oauth/introspect").form(&[("token", token)]);
    let call = call.header("Authorization", &format!("Basic {basic}"));
    server.answer(call).await
}

#[tokio::test]
async fn a_live_token_says_what_it_is_to_whom_it_concerns() {
    let server = TestServer::start().await;
    let mine = token(&server, "12345").await;
    let answer = ask(&server, API_SECRET, &mine).await;
    assert_eq!(answer.status, 200, "{answer}");
    let told = answer.json();
    assert_eq!(told["active"], true);
    assert_eq!(told["account"], "12345");
    assert_eq!(told["groups"][0], "storage-admins");
    assert_eq!(
        told["exp"].as_i64().unwrap() - told["iat"].as_i64().unwrap(),
        16 * 3600
    );
    // The API is registered for one account only.
    let others = token(&server, "0").await;
    assert_eq!(
        ask(&server, API_SECRET, &others).await.body,
        r#"{"active":false}"#
    );
}

#[tokio::test]
async fn whatever_is_wrong_with_a_token_it_is_just_inactive() {
    let server = TestServer::start().await;
    let (revoked, expired) = (token(&server, "12345").await, token(&server, "12345").await);
    let delete = Call::new("DELETE", GRID, "/api/v3/authorize").bearer(&revoked);
    assert_eq!(server.answer(delete).await.status, 204);
    assert_eq!(
        ask(&server, API_SECRET, &expired).await.json()["active"],
        true
    );
    let unknown = "00000000-0000-4000-8000-000000000000";
    for dead in [revoked.as_str(), unknown, "nonsense"] {
        let answer = ask(&server, API_SECRET, dead).await;
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (200, r#"{"active":false}"#)
        );
    }
    server.clock.advance(SignedDuration::from_hours(16));
    let answer = ask(&server, API_SECRET, &expired).await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (200, r#"{"active":false}"#)
    );
}

#[tokio::test]
async fn a_stranger_learns_nothing() {
    let server = TestServer::start().await;
    let live = token(&server, "12345").await;
    for secret in ["", "wrong", &API_SECRET.to_uppercase()] {
        let answer = ask(&server, secret, &live).await;
        assert_eq!(answer.status, 401, "{secret}");
        assert_eq!(answer.json()["error"], "invalid_client");
    }
    let nobody = Call::post(GRID, "/oauth/introspect").form(&[("token", live.as_str())]);
    assert_eq!(server.answer(nobody).await.status, 401);
    let json = Call::post(GRID, "/oauth/introspect").json(r#"{"token": "x"}"#);
    assert_eq!(server.answer(json).await.status, 400);
}

#[tokio::test]
async fn a_store_that_is_away_says_neither_active_nor_inactive() {
    let server = TestServer::start().await;
    let live = token(&server, "12345").await;
    server.break_store().await;
    assert_eq!(ask(&server, API_SECRET, &live).await.status, 503);
}
