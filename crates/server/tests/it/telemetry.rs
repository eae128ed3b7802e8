//! What operators see.

use crate::support::{Answer, Call, GRID, TestServer};

async fn ask(server: &TestServer, path: &str) -> Answer {
    Call::get("telemetry", path)
        .to(server.running.telemetry.unwrap())
        .await
}

#[tokio::test]
async fn a_running_server_is_alive_and_ready() {
    let server = TestServer::start().await;
    assert_eq!(ask(&server, "/healthz").await.status, 200);
    assert_eq!(ask(&server, "/readyz").await.status, 200);
}

#[tokio::test]
async fn requests_are_counted_by_door_and_status_and_never_by_what_clients_write() {
    let server = TestServer::start().await;
    server.answer(Call::get(GRID, "/api/versions")).await;
    server
        .answer(Call::get(GRID, "/canary-in-path?canary-in-query"))
        .await;
    server
        .answer(Call::get("canary-in-host.example.com", "/"))
        .await;
    let metrics = ask(&server, "/metrics").await.body;
    for line in [
        r#"portaria_http_requests_total{door="storagegrid",status="2xx"} 1"#,
        r#"portaria_http_requests_total{door="storagegrid",status="4xx"} 1"#,
        r#"portaria_http_requests_total{door="-",status="4xx"} 1"#,
        r#"portaria_http_request_seconds_count{door="storagegrid"} 2"#,
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    assert!(!metrics.contains("canary"), "{metrics}");
}

#[tokio::test]
async fn telemetry_is_not_served_to_clients() {
    let server = TestServer::start().await;
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(
            server.answer(Call::get(GRID, path)).await.status,
            404,
            "{path}"
        );
    }
}
