//! Logs, liveness, readiness, metrics. This module owns what operators see; it knows no door.
//!
//! * [`health`]: whether requests are welcome · [`metrics`]: what is counted · [`log`]: one JSON object a line, as `json` writes it
//! * [`lines`]: many of those in one write
//! * [`expiry`]: when certificates end
//! * [`routes`]: `/healthz`, `/readyz`, `/metrics`

pub mod expiry;
pub mod health;
mod json;
pub mod lines;
pub mod log;
pub mod metrics;
mod routes;

pub use health::Health;
pub use metrics::Metrics;
pub(crate) use routes::router;
