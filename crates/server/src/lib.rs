//! HTTP: doors, pages, configuration, start-up.
//!
//! This crate owns wire shapes. A door decodes a request, asks one rule of `identity`, and renders the outcome.
//!
//! * [`config`]: TOML and environment → typed sections; every fault at once
//! * [`start`]: listeners, TLS, limits, graceful stop · [`clock`]: the only place that reads the clock
//! * [`app`]: every shared component · [`router`]: host → door → routes
//! * [`doors`]: one folder per wire shape
//! * [`http`]: cookies, limits, client address: what every door needs of HTTP
//! * [`telemetry`]: liveness, readiness, metrics

pub mod app;
pub mod clock;
pub mod config;
pub mod doors;
pub mod http;
pub mod router;
pub mod start;
pub mod telemetry;

pub use app::App;
pub use start::{Running, start};
