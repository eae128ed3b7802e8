//! `Service`: store + keys + settings. The rules are its methods, one file per noun.

use crate::error::Unavailable;
use crate::federation::{CompiledMappings, FederationToken, RevocationLists};
use crate::grants::device::{USER_CODE_WINDOW, WRONG_USER_CODES};
use crate::jwt_keys::JwtKeyRing;
use crate::keys::{Holder, KeyRing, Parsed, Ring};
use crate::moment::Moment;
use crate::passwords::Passwords;
use crate::peers::Peers;
use crate::reuse::Reuse;
use crate::settled::Settled;
use crate::sought_keys::SoughtKeys;
use crate::store::Store;
use crate::store::grants::HeldToken;
use crate::store::oauth_applications::OauthApplication;
use crate::store::resource_servers::ResourceServer;
use crate::throttle::Polls;
use crate::throttle::Throttle;
use crate::tokens::Token;
use crate::vault::Vault;
use jiff::SignedDuration;
use std::sync::Arc;
use xmldsig::keys::{Purpose, SigningKey};

/// Lifetimes and limits, from configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long a bearer token lives (StorageGRID: 16 hours).
    pub token_lifetime: SignedDuration,
    /// How long an unscoped token of a federation lives, and at most what is scoped from it (Huawei Cloud IAM: 24 hours).
    pub federation_lifetime: SignedDuration,
    /// How long a request that we sent may be answered.
    pub request_lifetime: SignedDuration,
    /// How long a response that we issue may travel.
    pub response_lifetime: SignedDuration,
    /// Absolute lifetime of a session.
    pub session_lifetime: SignedDuration,
    /// Idle lifetime of a session.
    pub session_idle: SignedDuration,
    /// How far clocks may differ.
    pub skew: SignedDuration,
    /// Wrong passwords per minute of one client for one user name before further ones wait; either alone gets ten times that.
    pub attempts_per_minute: u32,
    /// After how many failures in a row no password or code of a person is judged for a day, on any node, whatever restarts.
    pub failures_in_a_row: u32,
    /// Wrong one-time codes per five minutes for one person before further ones wait.
    pub codes_per_five_minutes: u32,
    /// Letters an hour for one person, whoever asks; ten times that for one client.
    pub links_per_hour: u32,
    /// Whether somebody reaches people's telephones: without, no approval and no message is offered.
    pub telephones: bool,
    /// How long a positive token check, and what was declared of a party, may be reused; zero reads the store every time.
    pub token_cache: SignedDuration,
    /// argon2id: memory in KiB, passes.
    pub argon2: (u32, u32),
    /// Passwords hashed at the same time.
    pub argon2_permits: usize,
    /// Passwords that wait for a permit or have one; further ones are refused with `login.busy`.
    pub argon2_queue: usize,
}

impl Default for Settings {
    fn default() -> Self {
        let permits = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            token_lifetime: SignedDuration::from_hours(16),
            federation_lifetime: SignedDuration::from_hours(24),
            request_lifetime: SignedDuration::from_mins(10),
            response_lifetime: SignedDuration::from_mins(5),
            session_lifetime: SignedDuration::from_hours(8),
            session_idle: SignedDuration::from_hours(1),
            skew: SignedDuration::from_secs(30),
            attempts_per_minute: 10,
            failures_in_a_row: 100,
            codes_per_five_minutes: 5,
            links_per_hour: 5,
            telephones: false,
            token_cache: SignedDuration::from_secs(1),
            argon2: (19 * 1024, 2),
            argon2_permits: permits,
            argon2_queue: permits * 32,
        }
    }
}

/// The rules and what they remember. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) vault: Vault,
    pub(crate) settings: Settings,
    pub(crate) passwords: Passwords,
    pub(crate) attempts: Throttle,
    pub(crate) codes: Throttle,
    pub(crate) links: Throttle,
    pub(crate) keys: KeyRing,
    pub(crate) jwt_keys: JwtKeyRing,
    pub(crate) peers: Peers,
    pub(crate) sought_keys: SoughtKeys,
    pub(crate) revocations: RevocationLists,
    pub(crate) mappings: CompiledMappings,
    pub(crate) tokens: Reuse<Token>,
    pub(crate) federation_tokens: Reuse<FederationToken>,
    pub(crate) grants: Reuse<HeldToken>,
    pub(crate) clients: Reuse<OauthApplication>,
    pub(crate) askers: Reuse<ResourceServer>,
    pub(crate) settled: Settled,
    pub(crate) user_codes: Throttle,
    pub(crate) polls: Polls,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service")
            .field("settings", &self.inner.settings)
            .finish_non_exhaustive()
    }
}

impl Service {
    /// Over an open store.
    pub fn new(store: Store, vault: Vault, settings: Settings) -> Self {
        let inner = Inner {
            passwords: Passwords::new(
                settings.argon2,
                settings.argon2_permits,
                settings.argon2_queue,
            ),
            attempts: Throttle::new(settings.attempts_per_minute, SignedDuration::from_mins(1)),
            codes: Throttle::new(
                settings.codes_per_five_minutes,
                SignedDuration::from_mins(5),
            ),
            links: Throttle::new(settings.links_per_hour, SignedDuration::from_hours(1)),
            tokens: Reuse::new(settings.token_cache),
            federation_tokens: Reuse::new(settings.token_cache),
            grants: Reuse::new(settings.token_cache),
            clients: Reuse::new(settings.token_cache),
            askers: Reuse::new(settings.token_cache),
            settled: Settled::new(settings.token_cache),
            user_codes: Throttle::new(WRONG_USER_CODES, USER_CODE_WINDOW),
            polls: Polls::default(),
            keys: KeyRing::default(),
            jwt_keys: JwtKeyRing::default(),
            peers: Peers::default(),
            sought_keys: SoughtKeys::default(),
            revocations: RevocationLists::default(),
            mappings: CompiledMappings::default(),
            store,
            vault,
            settings,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// The store, for readiness checks and background purge.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// How many password hashes were computed since the start.
    pub fn password_hashes(&self) -> u64 {
        self.inner.passwords.hashed()
    }

    /// Deletes what expired; returns how many rows.
    pub async fn purge(&self, moment: &Moment) -> Result<u64, Unavailable> {
        self.inner.store.purge(moment.now).await
    }

    /// Forgets the checks of everything that a session, a person or an application may have: one of them was ended or changed.
    pub(crate) fn forget_checks(&self) {
        self.inner.grants.clear();
        self.inner.clients.clear();
        self.inner.askers.clear();
        self.inner.federation_tokens.clear();
    }

    /// The key that a door signs with for a purpose.
    pub(crate) async fn key<P: Purpose>(
        &self,
        moment: &Moment,
        organization: &str,
        door: &str,
    ) -> Result<Arc<SigningKey<P>>, Unavailable> {
        let ring = self
            .ring::<SigningKey<P>>(moment, &Holder::door(organization, door))
            .await?;
        Ok(ring.current(moment.now))
    }

    /// The living keys of a holder for a role.
    pub(crate) async fn ring<K: Parsed>(
        &self,
        moment: &Moment,
        holder: &Holder,
    ) -> Result<Arc<Ring<K>>, Unavailable> {
        let Inner {
            keys, store, vault, ..
        } = &*self.inner;
        keys.get(moment, (store, vault), holder).await
    }
}
