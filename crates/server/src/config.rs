//! Configuration: TOML, overridden by `PORTARIA_…` variables, judged as a whole before anything opens.

use std::net::SocketAddr;
use std::path::PathBuf;

/// The whole configuration.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `sqlite:PATH`, `sqlite::memory:` or `postgres://…`.
    pub database: String,
    /// File with the master key: 32 bytes as 64 hexadecimal digits.
    pub master_key: PathBuf,
    /// Where to listen.
    pub listen: Listen,
    /// Certificate and key for `listen.https`.
    pub tls: Option<Tls>,
    /// Doors.
    #[serde(default)]
    pub door: Vec<Door>,
}

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

/// The wire shape of a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// StorageGRID management API.
    StorageGrid,
    /// AD FS sign-in.
    AdFs,
    /// PingFederate sign-in.
    PingFederate,
    /// Entra ID sign-in.
    Entra,
}

/// A door: a wire shape on host names.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Door {
    /// Wire shape.
    pub kind: Kind,
    /// Organization that owns it.
    pub organization: String,
    /// Host names, the first of which stands in URLs that we write. Never taken from a request.
    pub hosts: Vec<String>,
    /// Port in URLs that we write, if not 443.
    pub port: Option<u16>,
    /// SAML entity ID, if not the door's usual one.
    pub entity_id: Option<String>,
    /// Domain of bare user names (sign-in doors).
    pub domain: Option<String>,
    /// Directory id (Entra).
    pub directory: Option<String>,
}
