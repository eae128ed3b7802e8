//! What metadata says of the other side, parsed once.

use crate::error::{Answer, Refused};
use crate::guard;
use crate::moment::Moment;
use crate::reuse::clock;
use crate::service::Service;
use jiff::{SignedDuration, Timestamp};
use saml::metadata::{Endpoint, EntityDescriptor, Role};
use saml::names;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Instant;
use xmldsig::certificate::fingerprint;
use xmldsig::encrypt::EncryptionKey;
use xmldsig::keys::VerifyingKey;

/// Parsed metadata, by its fingerprint: what it says depends on nothing but its bytes, so that it can be shared between
/// organizations without mixing them. Keys of ours that were killed are left out, whoever's metadata names them.
#[derive(Default)]
pub(crate) struct Peers {
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    /// When the store was asked for killed keys, by the request that asked and by the clock; none if what it said is out of date.
    checked: Option<(Timestamp, Instant)>,
    /// Fingerprints of their certificates.
    killed: HashSet<[u8; 32]>,
    parsed: HashMap<Fingerprint, Arc<Peer>>,
}

/// Which document it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(crate) fn of(metadata: &str) -> Self {
        Self(crate::digest::of_parts(&[metadata]))
    }
}

/// The other side.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) descriptor: EntityDescriptor,
    /// Keys of its identity provider role.
    pub(crate) identity_provider_keys: Vec<VerifyingKey>,
    /// Keys of its service provider role.
    pub(crate) service_provider_keys: Vec<VerifyingKey>,
    /// The key to which its service provider role wants assertions encrypted.
    pub(crate) encryption: Option<EncryptionKey>,
}

/// How many parsed documents are kept.
const KEPT: usize = 10_000;
/// How long the list of killed keys is believed without asking the store.
const BELIEVED: SignedDuration = SignedDuration::from_millis(500);

impl Peers {
    /// What was parsed may name keys that are not believed any more.
    pub(crate) fn doubt(&self) {
        self.write().checked = None;
    }

    fn is_current(&self, now: Timestamp) -> bool {
        self.read().checked.is_some_and(|(checked, at)| {
            let age = now.duration_since(checked);
            !age.is_negative()
                && age < BELIEVED
                && clock().duration_since(at) < BELIEVED.unsigned_abs()
        })
    }

    fn leave_out(&self, certificates: &[Vec<u8>], (now, asked): (Timestamp, Instant)) {
        let killed: HashSet<_> = certificates.iter().map(|der| fingerprint(der)).collect();
        let mut known = self.write();
        if known.killed != killed {
            known.killed = killed;
            known.parsed.clear();
        }
        known.checked = Some((now, asked));
    }

    /// The other side as its metadata describes it. What is stored was readable when it was declared.
    fn get(&self, fingerprint: Fingerprint, metadata: &str) -> Result<Arc<Peer>, Refused> {
        if let Some(peer) = self.read().parsed.get(&fingerprint) {
            return Ok(peer.clone());
        }
        let mut known = self.write();
        let peer = Arc::new(Peer::believed(metadata, &known.killed)?);
        if known.parsed.len() >= KEPT {
            known.parsed.clear();
        }
        known.parsed.insert(fingerprint, peer.clone());
        Ok(peer)
    }

    fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service {
    /// The other side as its stored metadata describes it, without keys that were killed.
    pub(crate) async fn peer(&self, moment: &Moment, metadata: &str) -> Answer<Arc<Peer>> {
        self.peer_of(moment, (Fingerprint::of(metadata), metadata))
            .await
    }

    /// The same, for whoever knows its fingerprint.
    pub(crate) async fn peer_of(
        &self,
        moment: &Moment,
        (fingerprint, metadata): (Fingerprint, &str),
    ) -> Answer<Arc<Peer>> {
        let peers = &self.inner.peers;
        if !peers.is_current(moment.now) {
            let asked = clock();
            let killed = self.inner.store.killed_certificates().await?;
            peers.leave_out(&killed, (moment.now, asked));
        }
        Ok(peers.get(fingerprint, metadata))
    }
}

impl Peer {
    /// Reads metadata. Keys that we cannot use are left out; whether enough remain is for the caller.
    pub(crate) fn read(metadata: &str) -> Result<Self, Refused> {
        Self::believed(metadata, &HashSet::new())
    }

    fn believed(metadata: &str, killed: &HashSet<[u8; 32]>) -> Result<Self, Refused> {
        let descriptor = EntityDescriptor::read(metadata.as_bytes())?;
        let lives =
            |der: &&Vec<u8>| !guard::stands("sig.key") || !killed.contains(&fingerprint(der));
        let keys = |role: &Option<Role>| {
            role.iter()
                .flat_map(|r| &r.signing)
                .filter(lives)
                .filter_map(|der| VerifyingKey::from_certificate(der).ok())
                .collect()
        };
        let encryption = descriptor
            .service_provider
            .iter()
            .flat_map(|role| &role.encryption)
            .filter(lives)
            .find_map(|der| EncryptionKey::from_certificate(der).ok());
        Ok(Self {
            encryption,
            identity_provider_keys: keys(&descriptor.identity_provider),
            service_provider_keys: keys(&descriptor.service_provider),
            descriptor,
        })
    }

    /// Where it wants AuthnRequests by redirect.
    pub(crate) fn single_sign_on(&self) -> Option<&str> {
        let role = self.descriptor.identity_provider.as_ref()?;
        redirect(&role.single_sign_on).map(|e| e.location.as_str())
    }

    /// Where it wants AuthnRequests by SOAP, from enhanced clients.
    pub(crate) fn single_sign_on_by_soap(&self) -> Option<&str> {
        let role = self.descriptor.identity_provider.as_ref()?;
        let mut services = role.single_sign_on.iter();
        services
            .find(|e| e.binding == names::SOAP)
            .map(|e| e.location.as_str())
    }

    /// Where the consumer URLs of its service provider role for posted responses are, with their index; the default first
    /// (SAML metadata §2.4.4).
    pub(crate) fn assertion_consumers(&self) -> Vec<(u16, &str)> {
        self.consumers(names::POST)
    }

    /// The same for responses that enhanced clients carry.
    pub(crate) fn assertion_consumers_by_paos(&self) -> Vec<(u16, &str)> {
        self.consumers(names::PAOS)
    }

    fn consumers(&self, binding: &str) -> Vec<(u16, &str)> {
        let Some(role) = self.descriptor.service_provider.as_ref() else {
            return Vec::new();
        };
        let mut endpoints: Vec<_> = role
            .assertion_consumer
            .iter()
            .filter(|e| e.binding == binding)
            .collect();
        endpoints.sort_by_key(|e| !e.is_default);
        endpoints
            .iter()
            .map(|e| (e.index.unwrap_or(u16::MAX), e.location.as_str()))
            .collect()
    }
}

/// Where a role wants LogoutRequests by redirect.
pub(crate) fn logout_request_url(role: Option<&Role>) -> Option<&str> {
    redirect(&role?.single_logout).map(|e| e.location.as_str())
}

/// Where a role wants LogoutResponses by redirect: the ResponseLocation if it names one (SAML metadata §2.2.2).
pub(crate) fn logout_response_url(role: Option<&Role>) -> Option<&str> {
    redirect(&role?.single_logout).map(|e| e.response_location.as_deref().unwrap_or(&e.location))
}

/// A URL with a query string after it, whether or not it has one already.
pub(crate) fn with_query(url: &str, query: &str) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}{query}")
}

fn redirect(endpoints: &[Endpoint]) -> Option<&Endpoint> {
    endpoints.iter().find(|e| e.binding == names::REDIRECT)
}
