//! A store that is away: 503 everywhere, and nobody is told that a password or a token is wrong.

use crate::support::sign_on::{redeem, saml_response, token};
use crate::support::{ADFS, Answer, Call, GRID, TestServer};

fn is_away(answer: &Answer) -> bool {
    (answer.status, answer.header("retry-after")) == (503, Some("2"))
}

#[tokio::test]
async fn a_store_that_fails_blames_no_client() {
    let server = TestServer::start().await;
    let token = token(&server, "12345").await;
    let response = saml_response(&server, "12345", "ana@my-domain", TestServer::PASSWORD).await;
    let delete = |cookie: &str| {
        Call::new("DELETE", GRID, "/api/v3/authorize")
            .bearer(&token)
            .header("Cookie", cookie)
    };
    let logout_url = server.answer(delete("sso=true")).await.data();
    let sign_on_url = server
        .answer(Call::post(GRID, "/api/v3/authorize-saml").json("{}"))
        .await
        .data();
    let at_provider = |url: &str| {
        url.strip_prefix("https://adfs.example.com")
            .unwrap()
            .to_owned()
    };

    server.break_store().await;
    let body = r#"{"accountId":"55555","username":"root","password":"x"}"#;
    for (name, answer) in [
        (
            "authorize",
            server
                .answer(Call::post(GRID, "/api/v3/authorize").json(body))
                .await,
        ),
        (
            "authorize-saml",
            server
                .answer(Call::post(GRID, "/api/v3/authorize-saml").json("{}"))
                .await,
        ),
        ("saml-response", redeem(&server, &response, "12345").await),
        (
            "org/config",
            server
                .answer(Call::get(GRID, "/api/v3/org/config").bearer(&token))
                .await,
        ),
        ("delete", server.answer(delete("")).await),
        ("delete with sso", server.answer(delete("sso=true")).await),
        (
            "AD FS page",
            server
                .answer(Call::get(ADFS, &at_provider(&sign_on_url)))
                .await,
        ),
        (
            "AD FS logout",
            server
                .answer(Call::get(ADFS, &at_provider(&logout_url)))
                .await,
        ),
    ] {
        assert!(is_away(&answer), "{name}: {answer}");
    }
    // What needs no row goes on.
    assert_eq!(
        server.answer(Call::get(GRID, "/api/versions")).await.status,
        200
    );
    assert_eq!(
        server
            .answer(Call::get(GRID, "/api/v3/org/config"))
            .await
            .status,
        401
    );
}
