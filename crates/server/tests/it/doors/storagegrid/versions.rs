//! `/api/versions`, versions in paths, and what is on no path.

use crate::support::{Call, GRID, TestServer};

#[tokio::test]
async fn versions_are_listed_in_the_described_envelope() {
    let server = TestServer::start().await;
    let answer = server.answer(Call::get(GRID, "/api/versions")).await;
    insta::assert_snapshot!(answer, @r#"
    200
    cache-control: no-store
    connection: close
    content-length: 96
    content-type: application/json
    referrer-policy: no-referrer
    strict-transport-security: max-age=31536000
    x-content-type-options: nosniff

    {"apiVersion":"4.0","data":[2,3,4],"responseTime":"2018-11-06T16:30:23.355Z","status":"success"}
    "#);
}

#[tokio::test]
async fn the_version_of_the_path_is_answered_unless_a_header_names_another() {
    let server = TestServer::start().await;
    let version = async |call: Call<'_>| server.answer(call).await.json()["apiVersion"].clone();
    for (path, expected) in [("v2", "2.0"), ("v3", "3.0"), ("v4", "4.0")] {
        assert_eq!(
            version(Call::get(GRID, &format!("/api/{path}/org/config"))).await,
            expected
        );
    }
    assert_eq!(
        version(Call::get(GRID, "/api/v3/org/config").header("Api-Version", "4")).await,
        "4.0"
    );
}

#[tokio::test]
async fn a_version_that_will_go_says_so_in_success_and_failure() {
    let server = TestServer::start().await;
    let versions = async |number: &str| {
        let call = Call::get(GRID, "/api/v3/org/config").header("Api-Version", number);
        let answer = server.answer(call).await;
        let flag = answer.json().get("deprecated").cloned();
        (answer.header("deprecated").map(str::to_owned), flag)
    };
    assert_eq!(
        versions("2").await,
        (Some("true".to_owned()), Some(true.into()))
    );
    for number in ["3", "4"] {
        assert_eq!(versions(number).await, (None, None), "{number}");
    }
}

#[tokio::test]
async fn an_unknown_path_is_answered_in_the_envelope_of_failures() {
    let server = TestServer::start().await;
    let answer = server.answer(Call::get(GRID, "/api/v3/nothing")).await;
    insta::assert_snapshot!(answer, @r#"
    404
    cache-control: no-store
    connection: close
    content-length: 191
    content-type: application/json
    referrer-policy: no-referrer
    strict-transport-security: max-age=31536000
    x-content-type-options: nosniff

    {"apiVersion":"3.0","code":404,"errors":[{"key":"error.404","text":"Not found."}],"message":{"key":"error.404","text":"Not found."},"responseTime":"2018-11-06T16:30:23.355Z","status":"error"}
    "#);
    assert_eq!(
        server
            .answer(Call::get(GRID, "/api/v9/org/config"))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let server = TestServer::start().await;
    let answer = server
        .answer(Call::new("PUT", GRID, "/api/v3/authorize"))
        .await;
    insta::assert_snapshot!(answer, @r#"
    405
    allow: POST,DELETE
    cache-control: no-store
    connection: close
    content-length: 209
    content-type: application/json
    referrer-policy: no-referrer
    strict-transport-security: max-age=31536000
    x-content-type-options: nosniff

    {"apiVersion":"3.0","code":405,"errors":[{"key":"error.405","text":"Method not allowed."}],"message":{"key":"error.405","text":"Method not allowed."},"responseTime":"2018-11-06T16:30:23.355Z","status":"error"}
    "#);
}
