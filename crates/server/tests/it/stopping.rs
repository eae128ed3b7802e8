//! The end of a server.

use crate::support::wire::{FOREVER, status, until_closed};
use crate::support::{Call, GRID, TestServer, Wanted};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn a_stop_turns_readiness_off_while_the_listener_still_answers() {
    let mut wanted = Wanted::default();
    wanted.limits.linger_seconds = 2;
    let server = TestServer::lingering(wanted).await;
    let (http, telemetry) = (server.http, server.running.telemetry.unwrap());
    let stop = tokio::spawn(server.running.stop());
    while Call::get("telemetry", "/readyz").to(telemetry).await.status != 503 {
        tokio::task::yield_now().await;
    }
    assert_eq!(Call::get(GRID, "/api/versions").to(http).await.status, 200);
    assert_eq!(
        Call::get("telemetry", "/healthz")
            .to(telemetry)
            .await
            .status,
        200
    );
    tokio::time::timeout(FOREVER, stop).await.unwrap().unwrap();
    assert!(
        TcpStream::connect(http).await.is_err(),
        "the listener is closed"
    );
}

#[tokio::test]
async fn what_is_under_way_at_a_stop_is_finished() {
    let server = TestServer::start().await;
    let body = "{\"accountId\": \"7\"}";
    let mut stream = TcpStream::connect(server.http).await.unwrap();
    let head = format!(
        "POST /api/v3/authorize-saml HTTP/1.1\r\nHost: {GRID}\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut told = [0; 25];
    stream.read_exact(&mut told).await.unwrap();
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");

    let http = server.http;
    let stop = tokio::spawn(server.running.stop());
    // The listener closes first; then only this connection keeps the server.
    while TcpStream::connect(http).await.is_ok() {
        tokio::task::yield_now().await;
    }
    stream.write_all(body.as_bytes()).await.unwrap();
    assert_eq!(status(&until_closed(&mut stream).await), Some(404));
    tokio::time::timeout(FOREVER, stop).await.unwrap().unwrap();
}
