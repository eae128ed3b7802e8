//! HTTP: doors, pages, configuration, start-up.
//!
//! This crate owns wire shapes. A door decodes a request, asks one rule of `identity`, and renders the outcome.
//!
//! * [`config`]: TOML and environment → typed sections; every fault at once
//! * [`mod@start`]: listeners, TLS, limits, graceful stop · [`clock`]: the only place that reads the clock
//! * [`app`]: every shared component · [`router`]: host → door → routes
//! * [`front`]: what every request passes before its door, and every answer after it
//! * `forward_auth`: what proxies ask in front of other people's APIs
//! * [`doors`]: one folder per wire shape
//! * [`http`]: cookies, fields, bodies, dates: what every door needs of HTTP
//! * [`sign_on`]: what the sign-in doors share · [`pages`]: language, layout and headers of pages
//! * [`letters`]: e-mail, written and sent
//! * [`outbound`]: requests to addresses that applications registered · `psc`: cloud PSCs over HTTP
//! * [`metadata`]: metadata of the other side over the network
//! * [`telemetry`]: logs, liveness, readiness, metrics

pub mod app;
pub mod clock;
pub mod config;
pub mod doors;
mod forward_auth;
mod front;
pub mod http;
pub mod letters;
pub mod metadata;
pub mod outbound;
pub mod pages;
mod psc;
pub mod router;
pub mod sign_on;
pub mod start;
pub mod telemetry;

pub use app::App;
pub use start::{Running, start};
