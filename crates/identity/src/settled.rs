//! What an organization declared - relying parties, identity providers, accounts -, as it was read a moment ago: every sign-on
//! needs it, and hardly any changes it.
//!
//! Whatever this process writes, other than the traces of sign-ons ([`crate::store::Store::record`]), makes all of it out of date
//! at once. What another process declared is noticed when the time for which token checks are reused is over, but no token is
//! written by what is out of date: the effect of a sign-on looks once more, in its transaction, and what changed is read again. So
//! no token comes after its provider was removed, and its tokens revoked.

use crate::accounts::{self, Account};
use crate::digest;
use crate::error::Unavailable;
use crate::moment::Moment;
use crate::peers::Fingerprint;
use crate::reuse::Reuse;
use crate::service::Service;
use crate::store::applications::Application;
use crate::store::identity_providers::IdentityProvider;
use jiff::{SignedDuration, Timestamp};
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What was read, by kind.
pub(crate) struct Settled {
    /// By entity ID, or by identifier.
    parties: Lately<Known<Application>>,
    /// By identifier.
    applications: Lately<Known<Application>>,
    providers: Lately<Known<IdentityProvider>>,
    accounts: Lately<Account>,
}

/// A party with metadata, whose fingerprint need not be taken each time.
#[derive(Debug, Clone)]
pub(crate) struct Known<P> {
    party: P,
    pub(crate) fingerprint: Fingerprint,
}

/// Things of one kind.
struct Lately<V> {
    read: Reuse<V>,
    // How much had been written when they were read.
    writes: AtomicU64,
}

impl Settled {
    /// Reuses what was read for that long; zero reads every time.
    pub(crate) fn new(reuse: SignedDuration) -> Self {
        Self {
            parties: Lately::new(reuse),
            applications: Lately::new(reuse),
            providers: Lately::new(reuse),
            accounts: Lately::new(reuse),
        }
    }

    /// Forgets what a sign-on is judged by: some of it is not what it was.
    pub(crate) fn forget(&self) {
        self.providers.read.clear();
        self.accounts.read.clear();
    }
}

impl<V> Lately<V> {
    fn new(reuse: SignedDuration) -> Self {
        Self {
            read: Reuse::new(reuse),
            writes: AtomicU64::new(0),
        }
    }

    /// What is known by that name, or what `ask` finds; what is not there is asked for each time.
    async fn known<A>(
        &self,
        (service, moment): (&Service, &Moment),
        key: String,
        ask: impl AsyncFnOnce() -> Result<Option<A>, Unavailable>,
    ) -> Result<Option<Arc<V>>, Unavailable>
    where
        V: From<A>,
    {
        let writes = service.inner.store.writes();
        if self.writes.load(Ordering::Acquire) != writes {
            self.read.clear();
            self.writes.store(writes, Ordering::Release);
        }
        if let Some(known) = self.read.get(&key, moment.now) {
            return Ok(Some(known));
        }
        self.asked(moment, key, ask).await
    }

    /// What `ask` finds now.
    async fn asked<A>(
        &self,
        moment: &Moment,
        key: String,
        ask: impl AsyncFnOnce() -> Result<Option<A>, Unavailable>,
    ) -> Result<Option<Arc<V>>, Unavailable>
    where
        V: From<A>,
    {
        let epoch = self.read.epoch();
        let Some(found) = ask().await? else {
            return Ok(None);
        };
        let found = Arc::new(V::from(found));
        let entry = (key, Arc::clone(&found));
        self.read.put(entry, (moment.now, Timestamp::MAX), epoch);
        Ok(Some(found))
    }
}

impl Service {
    /// The relying party of that entity ID, or else of that application id: as it is now.
    pub(crate) async fn party(
        &self,
        moment: &Moment,
        organization: &str,
        name: &str,
    ) -> Result<Option<Arc<Known<Application>>>, Unavailable> {
        let ask = async || self.find_party(organization, name).await;
        let parties = &self.inner.settled.parties;
        let key = digest::key(&[organization, name]);
        parties.asked(moment, key, ask).await
    }

    /// The same as it was a moment ago, such as when its request was judged.
    pub(crate) async fn settled_party(
        &self,
        moment: &Moment,
        organization: &str,
        name: &str,
    ) -> Result<Option<Arc<Known<Application>>>, Unavailable> {
        let ask = async || self.find_party(organization, name).await;
        let parties = &self.inner.settled.parties;
        let key = digest::key(&[organization, name]);
        parties.known((self, moment), key, ask).await
    }

    async fn find_party(
        &self,
        organization: &str,
        name: &str,
    ) -> Result<Option<Application>, Unavailable> {
        let store = &self.inner.store;
        match store.application_by_entity_id(organization, name).await? {
            Some(found) => Ok(Some(found)),
            None => store.application(organization, name).await,
        }
    }

    /// The application of that identifier.
    pub(crate) async fn settled_application(
        &self,
        moment: &Moment,
        organization: &str,
        id: &str,
    ) -> Result<Option<Arc<Known<Application>>>, Unavailable> {
        let store = &self.inner.store;
        let ask = async || store.application(organization, id).await;
        let applications = &self.inner.settled.applications;
        let key = digest::key(&[organization, id]);
        applications.known((self, moment), key, ask).await
    }

    /// The identity provider of that identifier.
    pub(crate) async fn settled_provider(
        &self,
        moment: &Moment,
        organization: &str,
        id: &str,
    ) -> Result<Option<Arc<Known<IdentityProvider>>>, Unavailable> {
        let store = &self.inner.store;
        let ask = async || store.identity_provider(organization, id).await;
        let providers = &self.inner.settled.providers;
        let key = digest::key(&[organization, id]);
        providers.known((self, moment), key, ask).await
    }

    /// The account of that identifier.
    pub(crate) async fn settled_account(
        &self,
        moment: &Moment,
        organization: &str,
        id: &str,
    ) -> Result<Option<Arc<Account>>, Unavailable> {
        let id = accounts::identifier(id);
        let ask = async || self.inner.store.account(organization, id).await;
        let accounts = &self.inner.settled.accounts;
        let key = digest::key(&[organization, id]);
        accounts.known((self, moment), key, ask).await
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
