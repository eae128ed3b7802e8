//! What an organization declared - relying parties, identity providers, accounts -, as it was read a moment ago: every sign-on
//! needs it, and hardly any changes it.
//!
//! Whatever this process writes, other than the traces of sign-ons ([`crate::store::Store::record`]), makes all of it out of date
//! at once. What another process declared is noticed when the time for which token checks are reused is over.

use crate::accounts::Account;
use crate::error::{Answer, Unavailable};
use crate::moment::Moment;
use crate::peers::Fingerprint;
use crate::reuse::Reuse;
use crate::service::Service;
use crate::store::applications::Application;
use crate::store::identity_providers::IdentityProvider;
use jiff::{SignedDuration, Timestamp};
use std::ops::Deref;
use std::sync::Arc;

/// What was read, by kind.
pub(crate) struct Settled {
    parties: Reuse<Read<Known<Application>>>,
    applications: Reuse<Read<Known<Application>>>,
    providers: Reuse<Read<Known<IdentityProvider>>>,
    accounts: Reuse<Read<Account>>,
}

/// A party with metadata, whose fingerprint need not be taken each time.
#[derive(Debug, Clone)]
pub(crate) struct Known<P> {
    party: P,
    pub(crate) fingerprint: Fingerprint,
}

/// Something that was read, and how much had been written before.
struct Read<V> {
    value: Arc<V>,
    writes: u64,
}

impl Settled {
    /// Reuses what was read for that long; zero reads every time.
    pub(crate) fn new(reuse: SignedDuration) -> Self {
        Self {
            parties: Reuse::new(reuse),
            applications: Reuse::new(reuse),
            providers: Reuse::new(reuse),
            accounts: Reuse::new(reuse),
        }
    }
}

impl<V> Reuse<Read<V>> {
    /// What is known by that name, or what `ask` finds; what is not there is asked for each time.
    async fn known<A>(
        &self,
        (service, moment): (&Service, &Moment),
        (organization, name): (&str, &str),
        ask: impl AsyncFnOnce() -> Result<Option<A>, Unavailable>,
    ) -> Result<Option<Arc<V>>, Unavailable>
    where
        V: From<A>,
    {
        let writes = service.inner.store.writes();
        // Organizations are named by us, without a line end; what follows it may be anything.
        let key = format!("{organization}\n{name}");
        let read = self.get(&key, moment.now);
        if let Some(read) = read.filter(|read| read.writes == writes) {
            return Ok(Some(Arc::clone(&read.value)));
        }
        let epoch = self.epoch();
        let Some(found) = ask().await? else {
            return Ok(None);
        };
        let value = Arc::new(V::from(found));
        let read = Arc::new(Read {
            value: Arc::clone(&value),
            writes,
        });
        self.put((key, read), (moment.now, Timestamp::MAX), epoch);
        Ok(Some(value))
    }
}

impl Service {
    /// The relying party of that entity ID, or else of that application id.
    pub(crate) async fn party(
        &self,
        moment: &Moment,
        organization: &str,
        name: &str,
    ) -> Result<Option<Arc<Known<Application>>>, Unavailable> {
        let store = &self.inner.store;
        let ask = async || match store.application_by_entity_id(organization, name).await? {
            Some(found) => Ok(Some(found)),
            None => store.application(organization, name).await,
        };
        self.inner
            .settled
            .parties
            .known((self, moment), (organization, name), ask)
            .await
    }

    /// The application of that identifier.
    pub(crate) async fn application(
        &self,
        moment: &Moment,
        organization: &str,
        id: &str,
    ) -> Result<Option<Arc<Known<Application>>>, Unavailable> {
        let store = &self.inner.store;
        let ask = async || store.application(organization, id).await;
        self.inner
            .settled
            .applications
            .known((self, moment), (organization, id), ask)
            .await
    }

    /// The identity provider of that identifier.
    pub(crate) async fn provider(
        &self,
        moment: &Moment,
        organization: &str,
        id: &str,
    ) -> Result<Option<Arc<Known<IdentityProvider>>>, Unavailable> {
        let store = &self.inner.store;
        let ask = async || store.identity_provider(organization, id).await;
        self.inner
            .settled
            .providers
            .known((self, moment), (organization, id), ask)
            .await
    }

    /// One account. Refused with `account.unknown`.
    pub async fn account(
        &self,
        moment: &Moment,
        organization: &str,
        id: &str,
    ) -> Answer<Arc<Account>> {
        let id = crate::accounts::identifier(id);
        let ask = async || self.inner.store.account(organization, id).await;
        let found = self
            .inner
            .settled
            .accounts
            .known((self, moment), (organization, id), ask)
            .await?;
        Ok(found.ok_or_else(crate::accounts::unknown))
    }
}

impl From<Application> for Known<Application> {
    fn from(party: Application) -> Self {
        let metadata = party.metadata.as_deref().unwrap_or_default();
        Self {
            fingerprint: Fingerprint::of(metadata),
            party,
        }
    }
}

impl From<IdentityProvider> for Known<IdentityProvider> {
    fn from(party: IdentityProvider) -> Self {
        Self {
            fingerprint: Fingerprint::of(&party.metadata),
            party,
        }
    }
}

impl<P> Deref for Known<P> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.party
    }
}
