//! `lab.json`: everything that a script must know to rehearse. It holds passwords, so only its owner may read it.

use super::state::{State, Visibility};
use super::world::Person;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Its name in the state folder.
pub(super) const FILE: &str = "lab.json";

/// What `lab.json` says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// URL of the proxy that knows the lab's host names.
    pub(super) proxy: String,
    /// Address of the TLS listener behind it.
    pub(super) https: SocketAddr,
    /// Address of the plain listener behind it.
    pub(super) http: SocketAddr,
    /// Address of liveness, readiness and metrics.
    pub(super) telemetry: SocketAddr,
    /// Absolute path of the authority's certificate.
    pub(super) ca: PathBuf,
    /// The lab's host names.
    pub(super) hosts: Vec<String>,
    /// The accounts of StorageGRID's door.
    pub(super) accounts: Vec<String>,
    /// People who can sign in.
    pub(super) users: Vec<ManifestUser>,
    /// Applications of HORACIUS's door.
    pub(super) applications: Vec<ManifestApplication>,
    /// The gateway's holder.
    pub(super) cess: ManifestCess,
    /// Process of the lab.
    pub(super) pid: u32,
}

/// The holder whose sessions the gateway opens.
#[derive(Serialize, Deserialize)]
pub(super) struct ManifestCess {
    /// CPF.
    pub(super) username: String,
    /// Base32 secret of the one-time passwords.
    pub(super) totp: String,
    /// Port of the default provider.
    pub(super) provider_port: u16,
}

impl std::fmt::Debug for ManifestCess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ManifestCess")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// An application, with what whoever plays it must know.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct ManifestApplication {
    /// Identifier.
    pub(crate) id: String,
    /// `jwt`, `oauth`, `openid` or `saml`.
    pub(crate) kind: String,
    /// The secret that it shares with the door.
    pub(crate) secret: Option<String>,
}

impl std::fmt::Debug for ManifestApplication {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ManifestApplication")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// A person who can sign in.
#[derive(Serialize, Deserialize)]
pub(super) struct ManifestUser {
    /// User principal name.
    pub(super) user: String,
    /// Password.
    pub(super) password: String,
    /// Base32 secret of the second factor (SHA-1, six digits, thirty seconds).
    pub(super) totp: Option<String>,
}

impl std::fmt::Debug for ManifestUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ManifestUser")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

impl From<&Person> for ManifestUser {
    fn from(person: &Person) -> Self {
        Self {
            user: person.user.clone(),
            password: person.password.to_owned(),
            totp: person.totp.clone(),
        }
    }
}

impl Manifest {
    /// Publishes it: from now on, scripts take the lab as ready.
    pub(super) fn publish(&self, state: &State) -> Result<()> {
        state.write(
            FILE,
            &format!("{}\n", serde_json::to_string_pretty(self)?),
            Visibility::Owner,
        )
    }

    /// Takes it back: the lab is not, or no longer, ready.
    pub(super) fn withdraw(state: &State) -> Result<()> {
        state.remove(FILE)
    }

    /// That of a running lab.
    pub(super) fn of_running(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("no lab runs there: {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| path.display().to_string())
    }
}
