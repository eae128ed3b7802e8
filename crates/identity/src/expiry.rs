//! When certificates end: those of the other side, and our own. In SAML metadata vouches for keys and nobody must mind a
//! certificate's end, but many do.

use crate::error::Unavailable;
use crate::keys::Generation;
use crate::peers::Peer;
use crate::service::Service;
use jiff::Timestamp;

/// A certificate, or several for the same purpose, and when the last of them ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiry {
    /// Organization.
    pub organization: String,
    /// Whose: `identity_provider` or `application` (the other side's), or `key` (ours).
    pub holder: &'static str,
    /// Identifier of the peer, or door and purpose of the key.
    pub name: String,
    /// When it ends.
    pub not_after: Timestamp,
}

impl Service {
    /// Every certificate that signs something, of every organization.
    pub async fn expiries(&self) -> Result<Vec<Expiry>, Unavailable> {
        let store = &self.inner.store;
        let mut expiries = Vec::new();
        for organization in store.organizations().await? {
            for (holder, name, metadata) in store.peers(&organization).await? {
                let Some(not_after) = last_end(holder, &metadata) else {
                    continue;
                };
                expiries.push(Expiry {
                    organization: organization.clone(),
                    holder,
                    name,
                    not_after,
                });
            }
            expiries.extend(own(&organization, store.keys_of(&organization).await?));
        }
        Ok(expiries)
    }
}

/// The newest of each key's generations: those before it end with it or sooner.
fn own(organization: &str, generations: Vec<Generation>) -> Vec<Expiry> {
    let mut expiries: Vec<Expiry> = Vec::new();
    for key in generations {
        let name = format!("{}{}/{}", key.holder.door, key.holder.application, key.role);
        let is_older = expiries.last().is_some_and(|newest| newest.name == name);
        let Some(not_after) = not_after(&key.certificate).filter(|_| !is_older) else {
            continue;
        };
        expiries.push(Expiry {
            organization: organization.to_owned(),
            holder: "key",
            name,
            not_after,
        });
    }
    expiries
}

/// When a certificate (DER) ends; none if it cannot be read.
pub fn not_after(certificate: &[u8]) -> Option<Timestamp> {
    Timestamp::from_second(xmldsig::certificate::facts(certificate).ok()?.not_after).ok()
}

/// When the last of a peer's certificates ends that sign for us: as long as one is good, people can sign on.
fn last_end(holder: &str, metadata: &str) -> Option<Timestamp> {
    let descriptor = Peer::read(metadata).ok()?.descriptor;
    let role = match holder {
        "application" => descriptor.service_provider,
        _ => descriptor.identity_provider,
    };
    role?.signing.iter().filter_map(|der| not_after(der)).max()
}
