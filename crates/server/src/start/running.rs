//! The handle of a running server.

use crate::config::Limits;
use crate::telemetry::Health;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// A running server. Dropping it ends everything at once.
pub struct Running {
    /// Address of the TLS listener.
    pub https: Option<SocketAddr>,
    /// Address of the plain listener.
    pub http: Option<SocketAddr>,
    /// Address of the listener that proxies ask.
    pub forward_auth: Option<SocketAddr>,
    /// Address of the telemetry listener.
    pub telemetry: Option<SocketAddr>,
    health: Health,
    stop: watch::Sender<bool>,
    // Telemetry answers until the very end, so that readiness can say that a stop is under way.
    end: watch::Sender<bool>,
    limits: Limits,
    connections: Arc<Semaphore>,
    tasks: JoinSet<()>,
}

impl Running {
    pub(super) fn new(
        health: Health,
        stop: watch::Sender<bool>,
        limits: Limits,
        connections: Arc<Semaphore>,
    ) -> Self {
        Self {
            https: None,
            http: None,
            telemetry: None,
            forward_auth: None,
            health,
            stop,
            end: watch::Sender::new(false),
            limits,
            connections,
            tasks: JoinSet::new(),
        }
    }

    /// Tells when the handle is gone.
    pub(super) fn ended(&self) -> watch::Receiver<bool> {
        self.end.subscribe()
    }

    pub(super) fn keep(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// Runs until SIGTERM or SIGINT, then stops gracefully; a second signal ends at once.
    pub async fn until_signal(self) -> std::io::Result<()> {
        let (mut terminate, mut interrupt) = (
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
        );
        let mut next = async || {
            tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
            }
        };
        let name = next().await;
        tracing::info!(signal = name, "stopping");
        tokio::select! {
            () = self.stop() => tracing::info!("stopped"),
            name = next() => tracing::warn!(signal = name, "stopped hard"),
        }
        Ok(())
    }

    /// Readiness turns off at once; the listeners stay open a little longer, because a balancer takes a moment to notice;
    /// then what runs may finish, bounded; then everything ends.
    pub async fn stop(self) {
        self.health.stop();
        tokio::time::sleep(Duration::from_secs(self.limits.linger_seconds)).await;
        self.stop.send_replace(true);
        let grace = Duration::from_secs(self.limits.grace_seconds);
        // Every connection holds a permit: when all can be had, none is left.
        let all = self.connections.acquire_many(self.limits.connections);
        if tokio::time::timeout(grace, all).await.is_err() {
            let left = usize::try_from(self.limits.connections)
                .unwrap_or(usize::MAX)
                .saturating_sub(self.connections.available_permits());
            tracing::warn!(left, "connections did not finish in time");
        }
    }
}
