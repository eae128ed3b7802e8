//! What a request may look like before any door reads it.

use crate::support::wire::{exchange, status};
use crate::support::{Call, GRID, TestServer, Wanted};

/// Sends lines as they are, ends the head, and returns the status.
async fn ask(server: &TestServer, head: &str) -> Option<u16> {
    status(&exchange(server.http, format!("{head}\r\n\r\n").as_bytes()).await)
}

fn versions(extra: &str) -> String {
    format!("GET /api/versions HTTP/1.1\r\nHost: {GRID}\r\nConnection: close{extra}")
}

#[tokio::test]
async fn a_request_names_exactly_one_host() {
    let server = TestServer::start().await;
    assert_eq!(ask(&server, &versions("")).await, Some(200));
    assert_eq!(
        ask(&server, &versions(&format!("\r\nHost: {GRID}"))).await,
        Some(400)
    );
    assert_eq!(
        ask(&server, "GET /api/versions HTTP/1.1\r\nConnection: close").await,
        Some(400)
    );
    let at =
        "GET /api/versions HTTP/1.1\r\nConnection: close\r\nHost: evil@storagegrid.example.com";
    assert_eq!(ask(&server, at).await, Some(400));
}

#[tokio::test]
async fn an_absolute_request_line_agrees_with_the_host() {
    let server = TestServer::start().await;
    let line = |host: &str| {
        format!("GET http://{host}/api/versions HTTP/1.1\r\nHost: {GRID}:443\r\nConnection: close")
    };
    assert_eq!(ask(&server, &line(GRID)).await, Some(200));
    assert_eq!(ask(&server, &line("adfs.example.com")).await, Some(400));
}

#[tokio::test]
async fn an_unknown_host_learns_nothing() {
    let server = TestServer::start().await;
    let answer = server
        .answer(Call::get("evil.example.com", "/api/versions").header("X-Forwarded-Host", GRID))
        .await;
    insta::assert_snapshot!(answer, @"
    421
    cache-control: no-store
    connection: close
    content-length: 20
    content-type: text/plain; charset=utf-8
    referrer-policy: no-referrer
    strict-transport-security: max-age=31536000
    x-content-type-options: nosniff

    Misdirected Request
    ");
}

#[tokio::test]
async fn a_stranger_on_plain_http_is_sent_away() {
    let server = TestServer::start_with(Wanted {
        stranger: true,
        ..Wanted::default()
    })
    .await;
    assert_eq!(ask(&server, &versions("")).await, Some(421));
    assert_eq!(
        ask(&server, &versions("\r\nX-Forwarded-Proto: https")).await,
        Some(421)
    );
}

#[tokio::test]
async fn paths_that_two_readers_could_read_differently_are_refused() {
    let server = TestServer::start().await;
    for path in [
        "/api;x/versions",
        "/api%2Fversions",
        "/api/%2e%2e/versions",
        "/api/versions%00",
        "//api/versions",
        "/api/../api/versions",
    ] {
        let answer = server.answer(Call::get(GRID, path)).await;
        assert_eq!(answer.status, 400, "{path}");
    }
}

#[tokio::test]
async fn a_request_framed_in_two_ways_is_refused_and_the_connection_closed() {
    let server = TestServer::start().await;
    let hidden = format!("0\r\n\r\nGET /api/versions HTTP/1.1\r\nHost: {GRID}\r\n\r\n");
    for framing in [
        "Content-Length: 4\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 4",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked",
        "Content-Length: 4\r\nContent-Length: 5",
        "Content-Length: +4",
        "Content-Length: 4\r\n folded: yes",
        "Content-Length : 4",
    ] {
        let request =
            format!("POST /api/v3/authorize HTTP/1.1\r\nHost: {GRID}\r\n{framing}\r\n\r\n{hidden}");
        let answer = exchange(server.http, request.as_bytes()).await;
        assert!(
            matches!(status(&answer), Some(400 | 411)),
            "{framing}: {answer}"
        );
        assert_eq!(
            answer.matches("HTTP/1.1").count(),
            1,
            "{framing}: the hidden request was answered"
        );
    }
}

#[tokio::test]
async fn headers_and_uris_that_are_too_large_are_named_so() {
    let server = TestServer::start().await;
    let fits = "a".repeat(12 * 1024);
    let bursts = "a".repeat(17 * 1024);
    assert_eq!(
        ask(&server, &versions(&format!("\r\nX-Long: {fits}"))).await,
        Some(200)
    );
    assert_eq!(
        ask(&server, &versions(&format!("\r\nX-Long: {bursts}"))).await,
        Some(431)
    );
    assert_eq!(
        ask(
            &server,
            &versions(&format!("\r\nX-Long: {}", bursts.repeat(10)))
        )
        .await,
        Some(431)
    );
    let query =
        |text: &str| versions("").replace("/api/versions", &format!("/api/versions?{text}"));
    assert_eq!(ask(&server, &query(&fits)).await, Some(200));
    assert_eq!(ask(&server, &query(&bursts)).await, Some(414));
}

#[tokio::test]
async fn a_control_character_in_a_header_is_refused() {
    let server = TestServer::start().await;
    assert_eq!(ask(&server, &versions("\r\nX-Plain: a")).await, Some(200));
    assert_eq!(ask(&server, &versions("\r\nX-Nul: a\0b")).await, Some(400));
}

#[tokio::test]
async fn a_body_that_is_too_large_is_drained_so_that_the_client_reads_why() {
    let server = TestServer::start().await;
    let body = vec![b'a'; 2 * 1024 * 1024];
    let json = server
        .answer(Call::post(GRID, "/api/v3/authorize-saml").body("application/json", body.clone()))
        .await;
    assert_eq!((json.status, json.key().as_str()), (413, "error.413"));
    let media_type = "application/x-www-form-urlencoded";
    let form = server
        .answer(Call::post(GRID, "/api/saml-response").body(media_type, body))
        .await;
    assert_eq!((form.status, form.key().as_str()), (413, "error.413"));
}

#[tokio::test]
async fn a_body_that_nobody_reads_is_swallowed_so_that_the_client_reads_why() {
    let server = TestServer::start().await;
    for (path, expected) in [
        ("/api/nowhere", 404),
        ("/api/versions", 405),
        ("/api//versions", 400),
    ] {
        // Several times: whether the answer survives a connection that closes too early is a race.
        for _ in 0..5 {
            let body = vec![b'a'; 4 * 1024 * 1024];
            let call = Call::post(GRID, path).body("application/x-www-form-urlencoded", body);
            assert_eq!(server.answer(call).await.status, expected, "{path}");
        }
    }
}

#[tokio::test]
async fn a_client_that_waits_to_be_told_to_send_is_told_no() {
    let server = TestServer::start().await;
    let head = format!(
        "POST /api/v3/authorize-saml HTTP/1.1\r\nHost: {GRID}\r\nExpect: 100-continue\r\nContent-Length: 9999999"
    );
    assert_eq!(ask(&server, &head).await, Some(413));
}
