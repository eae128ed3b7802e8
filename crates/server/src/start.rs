//! Listeners, TLS, limits, graceful stop.

use crate::app::App;
use crate::config::Config;
use std::net::SocketAddr;

/// A running server.
pub struct Running {
    /// Address of the TLS listener.
    pub https: Option<SocketAddr>,
    /// Address of the plain listener.
    pub http: Option<SocketAddr>,
    /// Address of the telemetry listener.
    pub telemetry: Option<SocketAddr>,
}

impl Running {
    /// Stops accepting, lets what runs finish (bounded), and returns.
    pub async fn stop(self) {
        todo!()
    }
}

/// Binds and serves. Returns as soon as requests are answered.
pub async fn start(_config: &Config, _app: App) -> std::io::Result<Running> {
    todo!()
}
