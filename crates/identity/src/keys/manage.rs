//! What an operator may do with keys: look at them, let new ones follow, take one out.

use super::generation::{Generation, Holder, State};
use super::{make, ring};
use crate::audit::Event;
use crate::digest;
use crate::error::{Answer, Refused, Unavailable};
use crate::moment::Moment;
use crate::service::Service;
use crate::store::{audit, keys};
use jiff::{SignedDuration, Timestamp};
use xmldsig::certificate;
use xmldsig::encrypt::DecryptionKey;
use xmldsig::generate::KeyAlgorithm;

/// A key as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Whose.
    pub holder: Holder,
    /// What for: `assertions`, `logout`, `requests`, `encryption`, `metadata`, or what our own JWTs are.
    pub role: String,
    /// Kind and size: `rsa-2048`, `p-256`.
    pub algorithm: String,
    /// SHA-256 of the certificate, hexadecimal; the `kid` of a key that signs JWTs.
    pub fingerprint: String,
    /// Where it stands in its ring.
    pub state: State,
    /// From when on it signs.
    pub signs_from: Timestamp,
    /// Until when it is published and accepted, if another one follows.
    pub retires_at: Option<Timestamp>,
    /// notAfter of its certificate, if it has one.
    pub not_after: Option<Timestamp>,
    /// The certificate, DER; empty if it has none.
    pub certificate: Vec<u8>,
}

/// Which keys are meant; none of a field means all.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Organization.
    pub organization: String,
    /// Name of a door.
    pub door: Option<String>,
    /// Identifier of an application with keys of its own.
    pub application: Option<String>,
    /// Role.
    pub role: Option<String>,
}

/// How new keys follow old ones.
#[derive(Debug, Clone, Copy)]
pub struct Rollover {
    /// Kind of the new keys; none keeps the kind.
    pub algorithm: Option<KeyAlgorithm>,
    /// How long a new key is published before it signs.
    pub ahead: SignedDuration,
    /// How long an old key stays published and accepted after that.
    pub overlap: SignedDuration,
}

impl Rollover {
    /// How long a new key is published first: partners that read metadata once a day have met it by then.
    pub const AHEAD: SignedDuration = SignedDuration::from_hours(24);
    /// How long an old key stays.
    pub const OVERLAP: SignedDuration = SignedDuration::from_hours(7 * 24);
}

impl Service {
    /// Every key of an organization, the newest first within each ring.
    pub async fn keys(
        &self,
        moment: &Moment,
        organization: &str,
    ) -> Result<Vec<Facts>, Unavailable> {
        let all = self.inner.store.keys_of(organization).await?;
        let mut known: Vec<Facts> = all.iter().map(|key| facts(key, &all, moment.now)).collect();
        known.extend(self.jwt_facts(moment, organization).await?);
        Ok(known)
    }

    /// Lets a new key follow in every ring that is meant: published now beside the old one, in use after
    /// [`Rollover::ahead`]. Returns the new keys. Refused with `keys.none`, `keys.algorithm`.
    pub async fn rotate_keys(
        &self,
        moment: &Moment,
        selection: &Selection,
        rollover: Rollover,
    ) -> Answer<Vec<Facts>> {
        let all = self.inner.store.keys_of(&selection.organization).await?;
        let mut rings: Vec<&Generation> = all
            .iter()
            .filter(|key| selection.holds(&key.holder, &key.role))
            .collect();
        rings.dedup_by(|later, first| later.holder == first.holder && later.role == first.role);
        let of_jwts = self.rotate_jwt_keys(moment, selection).await?;
        if rings.is_empty() && of_jwts.is_empty() {
            return Ok(Err(Refused::new("keys.none", "no such keys")));
        }
        let mut successors = Vec::new();
        for newest in rings {
            let encrypts = newest.role == <DecryptionKey as ring::Parsed>::ROLE;
            let algorithm = rollover
                .algorithm
                .unwrap_or_else(|| ring::algorithm(std::slice::from_ref(newest)));
            if encrypts && !algorithm.is_rsa() {
                let detail = "partners encrypt to RSA keys only: name the roles that shall have another kind";
                return Ok(Err(Refused::new("keys.algorithm", detail)));
            }
            let mut key = make::made(
                moment,
                &self.inner.vault,
                (&newest.holder, &newest.role, newest.number + 1),
                algorithm,
            )
            .await?;
            let begins = moment.now + rollover.ahead;
            // A key to encrypt to is in use as soon as a partner reads it.
            key.signs_from = if encrypts { moment.now } else { begins };
            successors.push((key, begins + rollover.overlap));
        }
        let made: Vec<Generation> = successors.iter().map(|(key, _)| key.clone()).collect();
        let events: Vec<Event> = made
            .iter()
            .map(|key| event(moment, "key.rotated", key))
            .collect();
        self.inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    for (key, retirement) in &successors {
                        keys::retire_before(connection, key, *retirement).await?;
                        keys::add(connection, key).await?;
                    }
                    for event in &events {
                        audit::append(connection, event).await?;
                    }
                    Ok(Ok::<_, std::convert::Infallible>(()))
                })
            })
            .await
            .map(|Ok(())| ())?;
        self.inner.keys.forget();
        let all = self.inner.store.keys_of(&selection.organization).await?;
        let successors = all.iter().filter(|key| made.contains(key));
        Ok(Ok(successors
            .map(|key| facts(key, &all, moment.now))
            .chain(of_jwts)
            .collect()))
    }

    /// Takes a key out at once and for good: it signs and opens nothing any more, is published nowhere, and no certificate of
    /// it is believed again, also where metadata names it. A ring that is left without a key gets a new one, in use at once.
    /// `fingerprint` may be shortened to eight digits. A key that signs JWTs is named by its whole `kid`. Returns what
    /// was killed. Refused with `key.unknown`, `keys.ambiguous`.
    pub async fn kill_key(
        &self,
        moment: &Moment,
        organization: &str,
        fingerprint: &str,
    ) -> Answer<Vec<Facts>> {
        let all = self.inner.store.keys_of(organization).await?;
        let wanted = fingerprint.to_ascii_lowercase().replace(':', "");
        let found: Vec<&Generation> = all
            .iter()
            .filter(|key| key.killed_at.is_none() && self::fingerprint(key).starts_with(&wanted))
            .collect();
        let Some(first) = found.first().filter(|_| wanted.len() >= SHORTEST) else {
            return self.kill_jwt(moment, organization, fingerprint).await;
        };
        // One key pair may serve several roles of an application; two different ones are never meant together.
        if found.iter().any(|key| key.certificate != first.certificate) {
            return Ok(Err(Refused::new(
                "keys.ambiguous",
                "several keys begin like that",
            )));
        }
        let doomed: Vec<Generation> = found.into_iter().cloned().collect();
        let mut heirs = Vec::new();
        for key in &doomed {
            let ring = self
                .inner
                .store
                .key_generations(&key.holder, &key.role)
                .await?;
            let survives = |other: &Generation| {
                other.number != key.number
                    && other.retires_at.is_none()
                    && other.killed_at.is_none()
            };
            if !ring.iter().any(survives) {
                let place = (&key.holder, key.role.as_str(), ring::following(&ring));
                let algorithm = ring::algorithm(std::slice::from_ref(key));
                heirs.push(make::made(moment, &self.inner.vault, place, algorithm).await?);
            }
        }
        let (killed, now) = (doomed.clone(), moment.now);
        let events: Vec<Event> = doomed
            .iter()
            .map(|key| event(moment, "key.killed", key))
            .collect();
        self.inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    for key in &killed {
                        keys::kill(connection, key, now).await?;
                    }
                    for heir in &heirs {
                        keys::add(connection, heir).await?;
                    }
                    for event in &events {
                        audit::append(connection, event).await?;
                    }
                    Ok(Ok::<_, std::convert::Infallible>(()))
                })
            })
            .await
            .map(|Ok(())| ())?;
        self.inner.keys.forget();
        self.inner.peers.doubt();
        let all = self.inner.store.keys_of(organization).await?;
        let is_killed = |key: &&Generation| {
            doomed.iter().any(|old| {
                old.holder == key.holder && old.role == key.role && old.number == key.number
            })
        };
        Ok(Ok(all
            .iter()
            .filter(is_killed)
            .map(|key| facts(key, &all, moment.now))
            .collect()))
    }
}

/// The fewest digits of a fingerprint that name a key: enough that nobody kills one by a slip.
const SHORTEST: usize = 8;

impl Selection {
    pub(super) fn holds(&self, holder: &Holder, role: &String) -> bool {
        let is = |wanted: &Option<String>, found: &String| {
            wanted.as_ref().is_none_or(|wanted| wanted == found)
        };
        is(&self.door, &holder.door)
            && is(&self.application, &holder.application)
            && is(&self.role, role)
    }
}

fn fingerprint(key: &Generation) -> String {
    digest::hexadecimal(&certificate::fingerprint(&key.certificate))
}

fn facts(key: &Generation, all: &[Generation], now: Timestamp) -> Facts {
    let read = certificate::facts(&key.certificate).ok();
    let not_after = read
        .as_ref()
        .and_then(|facts| Timestamp::from_second(facts.not_after).ok());
    Facts {
        holder: key.holder.clone(),
        role: key.role.clone(),
        algorithm: read.map_or_else(|| "unknown".to_owned(), |facts| facts.algorithm),
        fingerprint: fingerprint(key),
        state: key.state(all, now),
        signs_from: key.signs_from,
        retires_at: key.retires_at,
        not_after,
        certificate: key.certificate.clone(),
    }
}

fn event(moment: &Moment, kind: &str, key: &Generation) -> Event {
    let detail = format!("{} of {}", key.role, key.holder);
    Event::new(moment, kind, &key.holder.organization, detail).about(fingerprint(key))
}
