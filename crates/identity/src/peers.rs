//! What metadata says of the other side, parsed once.

use crate::error::Refused;
use saml::metadata::{Endpoint, EntityDescriptor, Role};
use saml::names;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use xmldsig::keys::VerifyingKey;

/// Parsed metadata, by its fingerprint: what it says depends on nothing but its bytes, so that it can be shared between
/// organizations without mixing them.
#[derive(Default)]
pub(crate) struct Peers {
    parsed: RwLock<HashMap<[u8; 32], Arc<Peer>>>,
}

/// The other side.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) descriptor: EntityDescriptor,
    /// Keys of its identity provider role.
    pub(crate) identity_provider_keys: Vec<VerifyingKey>,
    /// Keys of its service provider role.
    pub(crate) service_provider_keys: Vec<VerifyingKey>,
}

/// How many parsed documents are kept.
const KEPT: usize = 10_000;

impl Peers {
    /// The other side as its metadata describes it. What is stored was readable when it was declared.
    pub(crate) fn get(&self, metadata: &str) -> Result<Arc<Peer>, Refused> {
        let fingerprint = crate::digest::of_parts(&[metadata]);
        if let Some(peer) = self
            .parsed
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&fingerprint)
        {
            return Ok(peer.clone());
        }
        let peer = Arc::new(Peer::read(metadata)?);
        let mut parsed = self.parsed.write().unwrap_or_else(PoisonError::into_inner);
        if parsed.len() >= KEPT {
            parsed.clear();
        }
        parsed.insert(fingerprint, peer.clone());
        Ok(peer)
    }
}

impl Peer {
    /// Reads metadata. Keys that we cannot use are left out; whether enough remain is for the caller.
    pub(crate) fn read(metadata: &str) -> Result<Self, Refused> {
        let descriptor = EntityDescriptor::read(metadata.as_bytes())?;
        let keys = |role: &Option<Role>| {
            role.iter()
                .flat_map(|r| &r.signing)
                .filter_map(|der| VerifyingKey::from_certificate(der).ok())
                .collect()
        };
        Ok(Self {
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

    /// Where the consumer URLs of its service provider role are, with their index; the default first (SAML metadata §2.4.4).
    pub(crate) fn assertion_consumers(&self) -> Vec<(u16, &str)> {
        let Some(role) = self.descriptor.service_provider.as_ref() else {
            return Vec::new();
        };
        let mut endpoints: Vec<_> = role
            .assertion_consumer
            .iter()
            .filter(|e| e.binding == names::POST)
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
