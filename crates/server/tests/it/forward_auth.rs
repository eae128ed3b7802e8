//! What proxies ask in front of other people's APIs.

use crate::support::{Answer, Call, GRID, TestServer, Wanted};

const API: &str = "api.example.com";

/// A token for the account with passwords of its own, and its companion.
async fn token(server: &TestServer) -> (String, String) {
    let password = TestServer::PASSWORD;
    let body = format!(
        r#"{{"accountId": "55555", "username": "root", "password": "{password}", "csrfToken": true}}"#
    );
    let answer = server
        .answer(Call::post(GRID, "/api/v3/authorize").json(&body))
        .await;
    let cookie = answer.header("set-cookie").expect("a companion");
    let companion = cookie.split(['=', ';']).nth(1).unwrap().to_owned();
    (answer.data(), companion)
}

async fn ask(server: &TestServer, call: Call<'_>) -> Answer {
    call.to(server.running.forward_auth.unwrap()).await
}

/// As nginx asks about a GET.
fn nginx<'a>(host: &str, target: &str) -> Call<'a> {
    about("/nginx", "GET", (host, target))
}

fn about<'a>(proxy: &str, method: &str, (host, target): (&str, &str)) -> Call<'a> {
    Call::get("127.0.0.1", proxy)
        .header("X-Forwarded-Host", host)
        .header("X-Forwarded-Uri", target)
        .header("X-Forwarded-Method", method)
}

#[tokio::test]
async fn a_token_passes_with_who_it_belongs_to() {
    let server = TestServer::start().await;
    let (token, _) = token(&server).await;
    let call = nginx(GRID, "/reports/2018?month=11").bearer(&token);
    let mut passed = ask(&server, call.header("X-Portaria-User", "admin")).await;
    let id = passed.header("x-portaria-user-id").map(str::to_owned);
    assert!(id.is_some());
    passed
        .headers
        .retain(|(name, _)| name != "x-portaria-user-id");
    insta::assert_snapshot!(passed, @r"
    200
    connection: close
    content-length: 0
    x-portaria-account: 55555
    x-portaria-groups: storage-admins
    x-portaria-user: root
    ");
    let traefik = about("/traefik", "GET", (GRID, "/reports")).bearer(&token);
    assert_eq!(ask(&server, traefik).await.status, 200);
    let envoy = Call::post(API, "/envoy/anything?a=b").bearer(&token);
    assert_eq!(ask(&server, envoy).await.status, 200);
}

#[tokio::test]
async fn what_no_rule_admits_is_forbidden() {
    let server = TestServer::start().await;
    let (token, _) = token(&server).await;
    for (host, target) in [
        (GRID, "/"),
        (GRID, "/reports2"),
        (GRID, "/reports/private/x"),
        (GRID, "/reports/%70rivate"),
        (GRID, "/reports/../reports"),
        (GRID, "/x//reports"),
        (GRID, "/x/..%2freports"),
        ("other.example.com", "/reports"),
    ] {
        let answer = ask(&server, nginx(host, target).bearer(&token)).await;
        assert_eq!(answer.status, 403, "{host}{target}");
        assert_eq!(answer.header("x-portaria-user"), None);
    }
    assert_eq!(
        ask(&server, nginx(API, "/any").bearer(&token)).await.status,
        200
    );
}

#[tokio::test]
async fn a_token_of_another_account_is_forbidden() {
    let server = TestServer::start().await;
    let other = crate::support::sign_on::token(&server, "12345").await;
    for host in [GRID, API] {
        let answer = ask(&server, nginx(host, "/reports").bearer(&other)).await;
        assert_eq!(answer.status, 403, "{host}");
    }
}

#[tokio::test]
async fn without_a_live_token_a_sign_in_is_offered_where_its_cookie_would_come_along() {
    let server = TestServer::start().await;
    let (token, _) = token(&server).await;
    let revoked = Call::new("DELETE", GRID, "/api/v3/authorize").bearer(&token);
    assert_eq!(server.answer(revoked).await.status, 204);
    let offer = "/sign-on?accountId=55555&return=%2Freports%3Fa%3Db";
    for call in [
        nginx(GRID, "/reports?a=b"),
        nginx(GRID, "/reports?a=b").bearer(&token),
        nginx(GRID, "/reports?a=b").header("Authorization", "Basic x"),
    ] {
        let answer = ask(&server, call.header("Accept", "text/html")).await;
        assert_eq!(answer.status, 401, "{answer}");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        assert_eq!(answer.header("x-portaria-sign-in"), Some(offer));
    }
    let elsewhere = ask(&server, nginx(API, "/x").header("Accept", "text/html")).await;
    assert_eq!(elsewhere.header("x-portaria-sign-in"), None);
    let browser = about("/traefik", "GET", (GRID, "/reports?a=b")).header("Accept", "text/html");
    let answer = ask(&server, browser).await;
    let absolute = format!("https://{GRID}{offer}");
    assert_eq!(
        (answer.status, answer.header("location")),
        (302, Some(absolute.as_str())),
        "Traefik takes a path for one of ours"
    );
    let browser = Call::get(GRID, "/envoy/reports?a=b").header("Accept", "text/html");
    let answer = ask(&server, browser).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (302, Some(offer))
    );
    let script = about("/traefik", "GET", (GRID, "/reports")).header("Accept", "*/*");
    assert_eq!(ask(&server, script).await.status, 401);
}

#[tokio::test]
async fn a_cookie_reads_and_changes_only_with_its_companion() {
    let server = TestServer::start().await;
    let (token, companion) = token(&server).await;
    let cookie = format!("AccountAuthorization={token}");
    let status = async |method: &str, companion: &str| {
        let call = about("/nginx", method, (GRID, "/reports")).header("Cookie", &cookie);
        ask(&server, call.header("X-Csrf-Token", companion))
            .await
            .status
    };
    assert_eq!(status("GET", "").await, 200);
    assert_eq!(status("POST", "").await, 403);
    assert_eq!(status("DELETE", "x").await, 403);
    assert_eq!(status("POST", &companion).await, 200);
}

#[tokio::test]
async fn only_listed_proxies_may_ask() {
    let server = TestServer::start_with(Wanted {
        stranger: true,
        ..Wanted::default()
    })
    .await;
    assert_eq!(ask(&server, nginx(API, "/")).await.status, 403);
    let listed = TestServer::start().await;
    assert_eq!(ask(&listed, nginx(API, "/")).await.status, 401);
}

#[tokio::test]
async fn a_store_that_is_away_is_no_denial() {
    let server = TestServer::start().await;
    let (token, _) = token(&server).await;
    server.break_store().await;
    let answer = ask(&server, nginx(API, "/").bearer(&token)).await;
    assert_eq!(answer.status, 503, "{answer}");
}
