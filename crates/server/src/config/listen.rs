//! `[listen]` and `[tls]`.

use crate::config::fault::Fault;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// Listeners. Port 0 lets the system pick.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// TLS.
    pub https: Option<SocketAddr>,
    /// Plain HTTP: for the CESS door, or behind a named proxy.
    pub http: Option<SocketAddr>,
    /// Liveness, readiness, metrics.
    pub telemetry: Option<SocketAddr>,
    /// Proxies ask here whether a token opens the API behind them.
    pub forward_auth: Option<SocketAddr>,
    /// Addresses of proxies in front of us. Only they may speak plain HTTP to a door that wants TLS, and only their
    /// `X-Forwarded-For` is read.
    #[serde(default)]
    pub proxies: Vec<IpAddr>,
}

/// Certificate files (PEM), read again when they change.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// Certificate chain.
    pub certificate: PathBuf,
    /// Private key.
    pub key: PathBuf,
}

impl Listen {
    pub(super) fn check(&self, tls: Option<&Tls>, faults: &mut Vec<Fault>) {
        if self.https.is_none() && self.http.is_none() {
            faults.push(Fault::new(
                "listen",
                "neither `https` nor `http` is given: nothing would be served",
            ));
        }
        if self.forward_auth.is_some() && self.proxies.is_empty() {
            faults.push(Fault::new(
                "listen.forward_auth",
                "nobody may ask there: `proxies` is empty",
            ));
        }
        if self.https.is_some() && tls.is_none() {
            faults.push(Fault::new(
                "tls",
                "is missing: listen.https needs `certificate` and `key`",
            ));
        }
    }
}
