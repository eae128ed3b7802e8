//! `Service`: store + keys + settings. The rules are its methods, one file per noun.

use crate::entities::{IdentityProvider, ServiceProvider};
use crate::error::Unavailable;
use crate::jwt_keys::JwtKeyRing;
use crate::keys::KeyRing;
use crate::moment::Moment;
use crate::passwords::Passwords;
use crate::peers::Peers;
use crate::store::Store;
use crate::throttle::Throttle;
use crate::tokens::TokenCache;
use crate::vault::Vault;
use jiff::SignedDuration;
use saml::metadata::{Endpoint, EntityDescriptor, Role};
use saml::names;
use std::sync::Arc;
use xmldsig::keys::{Assertions, Logout, Metadata, Purpose, Requests, SigningKey};

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
    /// Wrong one-time codes per five minutes for one person before further ones wait.
    pub codes_per_five_minutes: u32,
    /// How long a positive token check may be reused; zero reads the store every time.
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
            codes_per_five_minutes: 5,
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
    pub(crate) keys: KeyRing,
    pub(crate) jwt_keys: JwtKeyRing,
    pub(crate) peers: Peers,
    pub(crate) tokens: TokenCache,
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
            tokens: TokenCache::new(settings.token_cache),
            keys: KeyRing::default(),
            jwt_keys: JwtKeyRing::default(),
            peers: Peers::default(),
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

    /// Makes sure that the keys of a service provider exist.
    pub async fn ensure_service_provider(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
    ) -> Result<(), Unavailable> {
        self.key::<Requests>(moment, &entity.organization, &entity.door)
            .await?;
        self.key::<Metadata>(moment, &entity.organization, &entity.door)
            .await?;
        Ok(())
    }

    /// Makes sure that the keys of an identity provider exist.
    pub async fn ensure_identity_provider(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
    ) -> Result<(), Unavailable> {
        self.key::<Assertions>(moment, &entity.organization, &entity.door)
            .await?;
        self.key::<Logout>(moment, &entity.organization, &entity.door)
            .await?;
        self.key::<Metadata>(moment, &entity.organization, &entity.door)
            .await?;
        Ok(())
    }

    /// Our metadata as a service provider, signed.
    pub async fn service_provider_metadata(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
    ) -> Result<String, Unavailable> {
        let requests = self
            .key::<Requests>(moment, &entity.organization, &entity.door)
            .await?;
        let assertion_consumer = entity.acs.iter().take(1).map(|url| Endpoint {
            index: Some(0),
            is_default: true,
            ..endpoint(names::POST, url)
        });
        let role = Role {
            signing: vec![requests.certificate().to_vec()],
            single_logout: entity
                .slo
                .iter()
                .take(1)
                .map(|url| endpoint(names::REDIRECT, url))
                .collect(),
            assertion_consumer: assertion_consumer.collect(),
            requests_signed: true,
            want_assertions_signed: true,
            ..Role::default()
        };
        let descriptor = EntityDescriptor {
            entity_id: entity.entity_id.clone(),
            service_provider: Some(role),
            ..EntityDescriptor::default()
        };
        self.signed(moment, (&entity.organization, &entity.door), &descriptor)
            .await
    }

    /// Our metadata as an identity provider, signed.
    pub async fn identity_provider_metadata(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
    ) -> Result<String, Unavailable> {
        let assertions = self
            .key::<Assertions>(moment, &entity.organization, &entity.door)
            .await?;
        let logout = self
            .key::<Logout>(moment, &entity.organization, &entity.door)
            .await?;
        let single_sign_on = entity
            .sso
            .iter()
            .take(1)
            .flat_map(|url| [endpoint(names::REDIRECT, url), endpoint(names::POST, url)]);
        let role = Role {
            signing: vec![
                assertions.certificate().to_vec(),
                logout.certificate().to_vec(),
            ],
            single_sign_on: single_sign_on.collect(),
            single_logout: entity
                .slo
                .iter()
                .take(1)
                .map(|url| endpoint(names::REDIRECT, url))
                .collect(),
            ..Role::default()
        };
        let descriptor = EntityDescriptor {
            entity_id: entity.entity_id.clone(),
            identity_provider: Some(role),
            ..EntityDescriptor::default()
        };
        self.signed(moment, (&entity.organization, &entity.door), &descriptor)
            .await
    }

    /// Deletes what expired; returns how many rows.
    pub async fn purge(&self, moment: &Moment) -> Result<u64, Unavailable> {
        self.inner.store.purge(moment.now).await
    }

    pub(crate) async fn key<P: Purpose>(
        &self,
        moment: &Moment,
        organization: &str,
        door: &str,
    ) -> Result<Arc<SigningKey<P>>, Unavailable> {
        let Inner {
            keys, store, vault, ..
        } = &*self.inner;
        keys.get(moment, (store, vault), (organization, door)).await
    }

    async fn signed(
        &self,
        moment: &Moment,
        (organization, door): (&str, &str),
        descriptor: &EntityDescriptor,
    ) -> Result<String, Unavailable> {
        let key = self.key::<Metadata>(moment, organization, door).await?;
        descriptor
            .to_xml(&moment.message_id(), Some(&key))
            .map_err(|e| Unavailable(Box::new(e)))
    }
}

fn endpoint(binding: &str, url: &str) -> Endpoint {
    Endpoint {
        binding: binding.to_owned(),
        location: url.to_owned(),
        response_location: None,
        index: None,
        is_default: false,
    }
}
