//! `/healthz`, `/readyz`, `/metrics`, on a listener of their own.

use crate::app::App;
use crate::http::answer;
use crate::telemetry::Health;
use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::time::Duration;

/// How long the store may take to say that it is there (promised: readiness turns within two seconds).
const PATIENCE: Duration = Duration::from_millis(1500);

#[derive(Clone)]
struct Telemetry {
    app: App,
    health: Health,
}

pub(crate) fn router(app: App, health: Health) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(Telemetry { app, health })
}

/// 200 while requests are welcome: the store answers and no stop has begun.
async fn readyz(State(telemetry): State<Telemetry>) -> Response {
    if telemetry.health.is_stopping() {
        return answer::unavailable();
    }
    match tokio::time::timeout(PATIENCE, telemetry.app.service.ready()).await {
        Ok(Ok(())) => "ready\n".into_response(),
        Ok(Err(unavailable)) => {
            tracing::warn!(
                error = &unavailable as &dyn std::error::Error,
                "not ready: the store is unavailable"
            );
            answer::unavailable()
        }
        Err(_) => {
            tracing::warn!("not ready: the store takes too long");
            answer::unavailable()
        }
    }
}

async fn metrics(State(telemetry): State<Telemetry>) -> impl IntoResponse {
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        telemetry.app.metrics.render(),
    )
}
