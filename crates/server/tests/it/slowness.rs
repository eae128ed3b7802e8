//! Clients that take their time.

use crate::support::wire::{FOREVER, status, until_closed};
use crate::support::{GRID, TestServer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn a_head_that_is_never_finished_ends_the_connection() {
    let server = TestServer::start().await;
    for start in ["", "GET /api/versions HTTP/1.1\r\nHost: storage"] {
        let mut stream = TcpStream::connect(server.http).await.unwrap();
        stream.write_all(start.as_bytes()).await.unwrap();
        assert_eq!(until_closed(&mut stream).await, "", "{start:?}");
    }
}

#[tokio::test]
async fn a_body_that_is_never_finished_is_answered_and_ended() {
    let server = TestServer::start().await;
    let mut stream = TcpStream::connect(server.http).await.unwrap();
    let head = format!(
        "POST /api/v3/authorize-saml HTTP/1.1\r\nHost: {GRID}\r\nContent-Length: 100\r\n\r\n{{"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(status(&until_closed(&mut stream).await), Some(408));
}

#[tokio::test]
async fn more_requests_than_the_limit_are_answered_503_whatever_their_connection() {
    let mut wanted = crate::support::Wanted::default();
    wanted.limits.requests = 1;
    let server = TestServer::start_with(wanted).await;
    let mut waiting = TcpStream::connect(server.http).await.unwrap();
    let head = format!(
        "POST /api/v3/authorize-saml HTTP/1.1\r\nHost: {GRID}\r\nExpect: 100-continue\r\nContent-Length: 20\r\n\r\n"
    );
    waiting.write_all(head.as_bytes()).await.unwrap();
    // `100 Continue` says that the handler has begun to wait for the body.
    let mut told = [0; 12];
    tokio::time::timeout(FOREVER, waiting.read_exact(&mut told))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(&told, b"HTTP/1.1 100");

    let versions = || crate::support::Call::get(GRID, "/api/versions");
    let refused = server.answer(versions()).await;
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (503, Some("2"))
    );
    drop(waiting);
    // The permit comes back when the server notices that the client is gone.
    while server.answer(versions()).await.status != 200 {
        tokio::task::yield_now().await;
    }
}
