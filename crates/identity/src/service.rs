//! `Service`: store + keys + settings. The rules are its methods, one file per noun.

use crate::entities::{IdentityProvider, ServiceProvider};
use crate::error::Unavailable;
use crate::moment::Moment;
use crate::store::Store;
use crate::vault::Vault;
use std::sync::Arc;

/// Lifetimes and limits, from configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long a bearer token lives (StorageGRID: 16 hours).
    pub token_lifetime: jiff::SignedDuration,
    /// How long a request that we sent may be answered.
    pub request_lifetime: jiff::SignedDuration,
    /// How long a response that we issue may travel.
    pub response_lifetime: jiff::SignedDuration,
    /// Absolute lifetime of a session.
    pub session_lifetime: jiff::SignedDuration,
    /// Idle lifetime of a session.
    pub session_idle: jiff::SignedDuration,
    /// How far clocks may differ.
    pub skew: jiff::SignedDuration,
    /// Failed attempts per minute and per client address or user name before further ones wait.
    pub attempts_per_minute: u32,
    /// How long a positive token check may be reused; zero reads the store every time.
    pub token_cache: jiff::SignedDuration,
    /// argon2id: memory in KiB, passes.
    pub argon2: (u32, u32),
    /// Passwords hashed at the same time.
    pub argon2_permits: usize,
}

impl Default for Settings {
    fn default() -> Self {
        todo!()
    }
}

/// The rules and what they remember. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    _inner: Arc<()>,
}

impl Service {
    /// Over an open store.
    pub fn new(_store: Store, _vault: Vault, _settings: Settings) -> Self {
        todo!()
    }
    /// The store, for readiness checks and background purge.
    pub fn store(&self) -> &Store {
        todo!()
    }
    /// Makes sure that the keys of a service provider exist.
    pub async fn ensure_service_provider(
        &self,
        _moment: &Moment,
        _entity: &ServiceProvider,
    ) -> Result<(), Unavailable> {
        todo!()
    }
    /// Makes sure that the keys of an identity provider exist.
    pub async fn ensure_identity_provider(
        &self,
        _moment: &Moment,
        _entity: &IdentityProvider,
    ) -> Result<(), Unavailable> {
        todo!()
    }
    /// Our metadata as a service provider, signed.
    pub async fn service_provider_metadata(
        &self,
        _moment: &Moment,
        _entity: &ServiceProvider,
    ) -> Result<String, Unavailable> {
        todo!()
    }
    /// Our metadata as an identity provider, signed.
    pub async fn identity_provider_metadata(
        &self,
        _moment: &Moment,
        _entity: &IdentityProvider,
    ) -> Result<String, Unavailable> {
        todo!()
    }
    /// Deletes what expired; returns how many rows.
    pub async fn purge(&self, _moment: &Moment) -> Result<u64, Unavailable> {
        todo!()
    }
}
