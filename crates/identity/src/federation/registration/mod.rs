//! Identity providers registered by API: who they are, by which protocols they vouch, and which rules map their people.
//!
//! This module owns what administrators of a domain may change and when that is refused. It does not own the judgement of
//! metadata (`declare`) nor of rules ([`crate::mapping`]). Every change acts at once: a sign-on reads what is registered when
//! its response arrives.
//!
//! * [`providers`]: identity providers · [`protocols`]: their protocols · [`mappings`]: rules · [`metadata`]: who a provider is by SAML ·
//!   [`openid`]: who it is by OpenID Connect

mod mappings;
mod metadata;
mod openid;
mod protocols;
mod providers;

pub use metadata::Imported;
pub use openid::OpenidConfig;
pub use providers::{Description, SsoType};

use super::token::{FederationToken, Scope};
use crate::audit::Event;
use crate::declare::Fault;
use crate::entities::Federation;
use crate::error::{Refused, Unavailable};
use crate::guard;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::identity_providers::IdentityProvider;
use crate::store::{Connection, Effect, audit};
use futures_util::future::BoxFuture;
use std::sync::Arc;

/// The protocol whose providers have SAML metadata.
pub const SAML: &str = "saml";

/// Why something is not registered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unregistered {
    /// Whoever asks may not.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Nothing of that kind has that identifier.
    #[error("no {0}")]
    Unknown(&'static str),
    /// Something has that identifier, entity ID or issuer already.
    #[error("there is such a {0} already")]
    Exists(&'static str),
    /// Something else depends on it.
    #[error("the {0} is in use")]
    InUse(&'static str),
    /// What was sent is faulty. Its faults are told: an administrator wrote it.
    #[error("{0}")]
    Faulty(String),
}

impl Unregistered {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refused) => refused.code,
            Self::Unknown(_) => "registration.unknown",
            Self::Exists(_) => "registration.exists",
            Self::InUse(_) => "registration.in_use",
            Self::Faulty(_) => "registration.faulty",
        }
    }

    fn faulty(faults: &[Fault]) -> Self {
        let told = faults
            .iter()
            .map(|fault| format!("{}: {}", fault.at, fault.what));
        Self::Faulty(told.collect::<Vec<_>>().join("; "))
    }
}

/// What came of a registration.
pub type Registered<T> = Result<Result<T, Unregistered>, Unavailable>;

/// Whoever registers: a federation, and the token that somebody shows there.
#[derive(Debug, Clone, Copy)]
pub struct Desk<'a> {
    /// Where.
    pub federation: &'a Federation,
    /// The token.
    pub auth: &'a str,
}

impl Desk<'_> {
    fn organization(&self) -> &str {
        &self.federation.provider.organization
    }
}

impl Service {
    /// The administrator who holds the token. Codes: `token.invalid`, `token.unscoped`, `registration.forbidden`.
    async fn administrator(
        &self,
        moment: &Moment,
        desk: Desk<'_>,
    ) -> Registered<Arc<FederationToken>> {
        let token = match self.held(moment, desk.federation, desk.auth).await? {
            Ok(held) => held.token,
            Err(refused) => return Ok(Err(refused.into())),
        };
        if token.scope == Scope::Unscoped && guard::stands("token.unscoped") {
            let detail = "an unscoped token authorises nothing but its scoping";
            return Ok(Err(Refused::new("token.unscoped", detail).into()));
        }
        let administrators = self.inner.store.administrators(desk.organization()).await?;
        let is_one = token
            .groups
            .iter()
            .any(|group| administrators.contains(&group.name));
        if !is_one && guard::stands("registration.forbidden") {
            let detail = "the person is in no group of administrators";
            return Ok(Err(Refused::new("registration.forbidden", detail).into()));
        }
        Ok(Ok(token))
    }

    /// The administrator, and the identity provider of that identifier.
    async fn administered(
        &self,
        moment: &Moment,
        (desk, id): (Desk<'_>, &str),
    ) -> Registered<(Arc<FederationToken>, IdentityProvider)> {
        let administrator = match self.administrator(moment, desk).await? {
            Ok(administrator) => administrator,
            Err(why) => return Ok(Err(why)),
        };
        let found = self.known_provider(desk, id).await?;
        Ok(found.map(|provider| (administrator, provider)))
    }

    /// The identity provider of that identifier, for whom was found to be an administrator before.
    async fn known_provider(&self, desk: Desk<'_>, id: &str) -> Registered<IdentityProvider> {
        let store = &self.inner.store;
        let found = store.identity_provider(desk.organization(), id).await?;
        Ok(found.ok_or(Unregistered::Unknown("identity provider")))
    }

    /// Writes a change and its event together.
    async fn change<F>(&self, event: Event, effect: F) -> Registered<()>
    where
        F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Effect<(), Unregistered>>
            + Send
            + 'static,
    {
        let written = self.inner.store.write(move |connection| {
            Box::pin(async move {
                let outcome = match effect(connection).await {
                    Err(sqlx::Error::Database(e)) if e.is_unique_violation() => {
                        Err(Unregistered::Exists("identifier, entity ID or issuer"))
                    }
                    outcome => outcome?,
                };
                if outcome.is_ok() {
                    audit::append(connection, &event).await?;
                }
                Ok(outcome)
            })
        });
        let written = written.await;
        // It may have ended tokens.
        self.inner.federation_tokens.clear();
        written
    }
}

/// Whether a text may be an identifier: it stands in addresses.
fn identifier(id: &str) -> Result<(), Unregistered> {
    let harmless = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if (1..=64).contains(&id.len()) && id.bytes().all(harmless) {
        return Ok(());
    }
    let what = "id: must be 1 to 64 letters, digits, hyphens and underscores";
    Err(Unregistered::Faulty(what.to_owned()))
}
