//! The living keys of one role, parsed once and believed for half a second: a key that another node or the command line took
//! out is out everywhere within one.

use super::generation::{Generation, Holder, current};
use super::make::{self, SEALED};
use crate::error::Unavailable;
use crate::moment::Moment;
use crate::store::Store;
use crate::vault::Vault;
use jiff::{SignedDuration, Timestamp};
use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use xmldsig::certificate;
use xmldsig::encrypt::DecryptionKey;
use xmldsig::error::KeyError;
use xmldsig::generate::KeyAlgorithm;
use xmldsig::keys::{Purpose, SigningKey};
use zeroize::Zeroizing;

/// How long the keys of a role are believed without asking the store.
const BELIEVED: SignedDuration = SignedDuration::from_millis(500);

/// A key that can be read out of PKCS#8, for one role.
pub(crate) trait Parsed: Sized + Send + Sync + 'static {
    /// The name under which keys of that role are kept.
    const ROLE: &'static str;
    /// Reads it.
    fn parse(pkcs8: &[u8], certificate: &[u8]) -> Result<Self, KeyError>;
}

impl<P: Purpose> Parsed for SigningKey<P> {
    const ROLE: &'static str = P::NAME;

    fn parse(pkcs8: &[u8], certificate: &[u8]) -> Result<Self, KeyError> {
        Self::from_pkcs8(pkcs8, certificate.to_vec())
    }
}

impl Parsed for DecryptionKey {
    const ROLE: &'static str = "encryption";

    fn parse(pkcs8: &[u8], _certificate: &[u8]) -> Result<Self, KeyError> {
        Self::from_pkcs8(pkcs8)
    }
}

/// The living keys of one role, the newest first. There is at least one.
pub(crate) struct Ring<K> {
    generations: Vec<Generation>,
    keys: Vec<Arc<K>>,
}

impl<K> Ring<K> {
    /// The key to use.
    pub(crate) fn current(&self, now: Timestamp) -> Arc<K> {
        Arc::clone(&self.keys[self.position(now)])
    }

    /// Every key that still counts.
    pub(crate) fn all(&self, now: Timestamp) -> impl Iterator<Item = &Arc<K>> {
        let live =
            move |(generation, key): (&Generation, _)| generation.is_live(now).then_some(key);
        self.generations.iter().zip(&self.keys).filter_map(live)
    }

    /// The certificates to publish, the one of the key in use first: some readers take the first and no other.
    pub(crate) fn certificates(&self, now: Timestamp) -> Vec<Vec<u8>> {
        let current = self.position(now);
        let others = (0..self.generations.len())
            .filter(|at| *at != current && self.generations[*at].is_live(now));
        [current]
            .into_iter()
            .chain(others)
            .map(|at| self.generations[at].certificate.clone())
            .collect()
    }

    /// The certificate of the newest key: the one to encrypt to, from the moment it is published.
    pub(crate) fn newest_certificate(&self) -> &[u8] {
        &self.generations[0].certificate
    }

    fn position(&self, now: Timestamp) -> usize {
        // A key retires only when another one follows, so that one of them lives.
        current(self.generations.iter(), now)
            .and_then(|key| self.generations.iter().position(|other| other == key))
            .unwrap_or(0)
    }
}

/// Every ring that was asked for. Bounded by configuration: there are as many as doors, applications with keys, and roles.
#[derive(Default)]
pub(crate) struct KeyRing {
    rings: RwLock<HashMap<(Holder, &'static str), Kept>>,
}

#[derive(Clone)]
struct Kept {
    checked: Timestamp,
    /// As they were in the store: parsing is repeated only when something changed.
    rows: Arc<Vec<Generation>>,
    ring: Arc<dyn Any + Send + Sync>,
}

impl KeyRing {
    /// The ring of a role, with a key made now if there is none.
    pub(crate) async fn get<K: Parsed>(
        &self,
        moment: &Moment,
        (store, vault): (&Store, &Vault),
        holder: &Holder,
    ) -> Result<Arc<Ring<K>>, Unavailable> {
        let kept = self.kept(holder, K::ROLE);
        if let Some(kept) = &kept {
            let age = moment.now.duration_since(kept.checked);
            if !age.is_negative() && age < BELIEVED {
                return Ok(typed(kept));
            }
        }
        let mut rows = store.key_generations(holder, K::ROLE).await?;
        if !rows.iter().any(|row| row.is_live(moment.now)) {
            let key = make::made(
                moment,
                vault,
                (holder, K::ROLE, following(&rows)),
                algorithm(&rows),
            )
            .await?;
            store.add_key(key).await?;
            rows = store.key_generations(holder, K::ROLE).await?;
        }
        let ring = match kept.filter(|kept| *kept.rows == rows) {
            Some(kept) => kept.ring,
            None => Arc::new(parse::<K>(moment, vault, &rows)?),
        };
        let kept = Kept {
            checked: moment.now,
            rows: Arc::new(rows),
            ring,
        };
        self.rings
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert((holder.clone(), K::ROLE), kept.clone());
        Ok(typed(&kept))
    }

    /// The ring as it was when the store last answered: good for publishing certificates while the store is away, not for
    /// anything that a killed key must not do.
    pub(crate) fn last_known<K: Parsed>(&self, holder: &Holder) -> Option<Arc<Ring<K>>> {
        self.kept(holder, K::ROLE).map(|kept| typed(&kept))
    }

    /// Forgets what was parsed: something changed.
    pub(crate) fn forget(&self) {
        self.rings
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    fn kept(&self, holder: &Holder, role: &'static str) -> Option<Kept> {
        let rings = self.rings.read().unwrap_or_else(PoisonError::into_inner);
        rings.get(&(holder.clone(), role)).cloned()
    }
}

/// The number of the generation after `rows`.
pub(crate) fn following(rows: &[Generation]) -> i64 {
    rows.iter().map(|row| row.number).max().unwrap_or(0) + 1
}

/// The algorithm of the newest key among `rows`; RSA-2048, which AD FS and PingFederate accept, for the first.
pub(crate) fn algorithm(rows: &[Generation]) -> KeyAlgorithm {
    rows.first()
        .and_then(|row| certificate::facts(&row.certificate).ok())
        .and_then(|facts| KeyAlgorithm::from_name(&facts.algorithm))
        .unwrap_or(KeyAlgorithm::Rsa2048)
}

fn typed<K: Parsed>(kept: &Kept) -> Arc<Ring<K>> {
    Arc::clone(&kept.ring)
        .downcast()
        .expect("a role has keys of one type")
}

fn parse<K: Parsed>(
    moment: &Moment,
    vault: &Vault,
    rows: &[Generation],
) -> Result<Ring<K>, Unavailable> {
    let mut ring = Ring {
        generations: Vec::new(),
        keys: Vec::new(),
    };
    for row in rows.iter().filter(|row| row.is_live(moment.now)) {
        let pkcs8 = vault
            .open(SEALED, &row.holder.bound(&row.role), &row.sealed)
            .map(Zeroizing::new)
            .ok_or_else(|| Unavailable::because("a key was sealed with another master key"))?;
        let key = K::parse(&pkcs8, &row.certificate).map_err(|e| Unavailable(Box::new(e)))?;
        ring.generations.push(row.clone());
        ring.keys.push(Arc::new(key));
    }
    if ring.keys.is_empty() {
        return Err(Unavailable::because("a key vanished"));
    }
    Ok(ring)
}
