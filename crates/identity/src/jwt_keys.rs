//! Keys that sign our own JWTs: P-256, one line of generations for each door and purpose, sealed in the store.
//!
//! A new generation is published at once and signs a little later, so that who cached the published set knows it by then. The
//! one before it stays published until everything that it signed is over. A key that was killed is gone at once, and so is
//! whatever it signed.

use crate::audit::Event;
use crate::digest;
use crate::error::{Answer, Refused, Unavailable};
use crate::moment::Moment;
use crate::service::Service;
use crate::store::jwt_keys::{self, JwtKeyRow};
use crate::store::{audit, millis};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use oauth::jwks::JwkSet;
use oauth::jwt::{Es256, KeyPair, KeySet, PublicKey, Purpose};
use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// What a key is sealed for.
const SEALED: &str = "jwt-key";
/// How long the published set may be cached, and so how long before it signs a new generation is published.
pub const PUBLISHED_AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// The generations of one purpose at one door, parsed.
pub(crate) struct Generations<P: Purpose<Algorithm = Es256>> {
    rows: Vec<JwtKeyRow>,
    keys: Vec<KeyPair<P>>,
}

impl<P: Purpose<Algorithm = Es256>> Generations<P> {
    /// The key that signs at `now`: the youngest that has begun to.
    pub(crate) fn signing(&self, now: Timestamp) -> Option<&KeyPair<P>> {
        let begun = self.rows.iter().zip(&self.keys);
        begun
            .filter(|(row, _)| row.signs_from <= now)
            .max_by_key(|(row, _)| (row.signs_from, row.kid.as_str()))
            .map(|(_, key)| key)
    }

    /// The keys that verify at `now`.
    pub(crate) fn verifying(&self, now: Timestamp) -> KeySet<P> {
        let published = self.rows.iter().zip(&self.keys);
        KeySet::new(
            published
                .filter(|(row, _)| row.is_published(now))
                .map(|(_, key)| key.public()),
        )
    }
}

impl JwtKeyRow {
    /// Whether others may verify with it at `now`.
    pub fn is_published(&self, now: Timestamp) -> bool {
        self.killed.is_none() && self.published_until.is_none_or(|until| now < until)
    }

    fn open(&self, service: &Service, organization: &str) -> Result<Vec<u8>, Unavailable> {
        service
            .inner
            .vault
            .open(SEALED, &bound(organization, self), &self.sealed)
            .ok_or_else(|| Unavailable::because("a JWT key was sealed with another master key"))
    }
}

/// Generations that were parsed, each until the store is asked again. Bounded by configuration: as many as doors and purposes.
#[derive(Default)]
pub(crate) struct JwtKeyRing {
    parsed: RwLock<HashMap<Owner, Parsed>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Owner {
    organization: String,
    door: String,
    purpose: &'static str,
}

struct Parsed {
    read: Timestamp,
    generations: Arc<dyn Any + Send + Sync>,
}

impl JwtKeyRing {
    fn get<P: Purpose<Algorithm = Es256>>(
        &self,
        owner: &Owner,
    ) -> Option<(Timestamp, Arc<Generations<P>>)> {
        let parsed = self.parsed.read().unwrap_or_else(PoisonError::into_inner);
        let found = parsed.get(owner)?;
        Some((found.read, found.generations.clone().downcast().ok()?))
    }

    fn put<P: Purpose<Algorithm = Es256>>(
        &self,
        owner: Owner,
        read: Timestamp,
        generations: Arc<Generations<P>>,
    ) {
        let mut parsed = self.parsed.write().unwrap_or_else(PoisonError::into_inner);
        parsed.insert(owner, Parsed { read, generations });
    }

    fn clear(&self) {
        let mut parsed = self.parsed.write().unwrap_or_else(PoisonError::into_inner);
        parsed.clear();
    }
}

impl Service {
    /// The keys of a door for a purpose, one of which signs now; made if there is none. What another node changed shows within
    /// the time for which token checks may be reused.
    pub(crate) async fn jwt_keys_for<P: Purpose<Algorithm = Es256>>(
        &self,
        moment: &Moment,
        (organization, door): (&str, &str),
    ) -> Result<Arc<Generations<P>>, Unavailable> {
        let owner = Owner {
            organization: organization.to_owned(),
            door: door.to_owned(),
            purpose: P::NAME,
        };
        let known = self.inner.jwt_keys.get::<P>(&owner);
        if let Some((read, known)) = &known {
            let age = moment.now.duration_since(*read);
            let fresh = !age.is_negative() && age < self.inner.settings.token_cache;
            if fresh && known.signing(moment.now).is_some() {
                return Ok(known.clone());
            }
        }
        let mut rows = self.living::<P>(organization, door).await?;
        if !rows.iter().any(|row| row.signs_from <= moment.now) {
            self.make_jwt_key(moment, (organization, door, P::NAME), true)
                .await?;
            rows = self.living::<P>(organization, door).await?;
        }
        let generations = match known {
            Some((_, known)) if known.rows == rows => known,
            _ => Arc::new(self.parse(organization, rows)?),
        };
        self.inner
            .jwt_keys
            .put(owner, moment.now, generations.clone());
        Ok(generations)
    }

    /// What others verify a door's tokens with.
    pub async fn published_jwt_keys(
        &self,
        moment: &Moment,
        organization: &str,
        door: &str,
    ) -> Result<JwkSet, Unavailable> {
        let rows = self.inner.store.jwt_keys(organization, Some(door)).await?;
        let mut published = Vec::new();
        for row in rows.iter().filter(|row| row.is_published(moment.now)) {
            let pkcs8 = row.open(self, organization)?;
            let key =
                PublicKey::from_pkcs8(&row.kid, &pkcs8).map_err(|e| Unavailable(Box::new(e)))?;
            published.push(key);
        }
        Ok(JwkSet::publish(published))
    }

    /// Every generation of an organization's keys, the oldest first.
    pub async fn jwt_keys(&self, organization: &str) -> Result<Vec<JwtKeyRow>, Unavailable> {
        self.inner.store.jwt_keys(organization, None).await
    }

    /// Makes a new generation for a door and purpose, which begins to sign when caches of the published set know it.
    pub async fn rotate_jwt_key(
        &self,
        moment: &Moment,
        organization: &str,
        (door, purpose): (&str, &str),
    ) -> Result<(), Unavailable> {
        self.make_jwt_key(moment, (organization, door, purpose), false)
            .await
    }

    /// Ends a key, and with it everything that it signed. Code: `key.unknown`.
    pub async fn kill_jwt_key(&self, moment: &Moment, organization: &str, kid: &str) -> Answer<()> {
        let event = Event::new(moment, "key.killed", organization, "a JWT key").about(kid);
        let (owner, kid, now) = (organization.to_owned(), kid.to_owned(), millis(moment.now));
        let killed = self.inner.store.write(move |connection| {
            Box::pin(async move {
                if !jwt_keys::kill(connection, &owner, &kid, now).await? {
                    return Ok(Err(Refused::new("key.unknown", "no such key lives")));
                }
                audit::append(connection, &event).await?;
                Ok(Ok(()))
            })
        });
        let killed = killed.await?;
        self.inner.jwt_keys.clear();
        self.inner.federation_tokens.clear();
        Ok(killed)
    }

    async fn living<P: Purpose>(
        &self,
        organization: &str,
        door: &str,
    ) -> Result<Vec<JwtKeyRow>, Unavailable> {
        let mut rows = self.inner.store.jwt_keys(organization, Some(door)).await?;
        rows.retain(|row| row.purpose == P::NAME && row.killed.is_none());
        Ok(rows)
    }

    fn parse<P: Purpose<Algorithm = Es256>>(
        &self,
        organization: &str,
        rows: Vec<JwtKeyRow>,
    ) -> Result<Generations<P>, Unavailable> {
        let mut keys = Vec::new();
        for row in &rows {
            let pkcs8 = row.open(self, organization)?;
            let key =
                KeyPair::from_pkcs8(&row.kid, &pkcs8).map_err(|e| Unavailable(Box::new(e)))?;
            keys.push(key);
        }
        Ok(Generations { rows, keys })
    }

    async fn make_jwt_key(
        &self,
        moment: &Moment,
        (organization, door, purpose): (&str, &str, &str),
        first: bool,
    ) -> Result<(), Unavailable> {
        let ahead = if first {
            SignedDuration::ZERO
        } else {
            PUBLISHED_AHEAD
        };
        let mut row = JwtKeyRow {
            door: door.to_owned(),
            purpose: purpose.to_owned(),
            kid: URL_SAFE_NO_PAD.encode(moment.bytes::<12>()),
            sealed: Vec::new(),
            created: moment.now,
            signs_from: moment.now + ahead,
            published_until: None,
            killed: None,
        };
        let bound = bound(organization, &row);
        row.sealed =
            self.inner
                .vault
                .seal(SEALED, &bound, &oauth::jwt::generate_p256(), moment.bytes());
        let settings = &self.inner.settings;
        let longest = settings
            .federation_lifetime
            .max(settings.token_lifetime)
            .max(settings.session_lifetime);
        let until = millis(row.signs_from + longest + settings.skew);
        let detail = format!("a JWT key of {door} for {purpose}");
        let event = Event::new(moment, "key.made", organization, detail).about(&row.kid);
        let owner = organization.to_owned();
        let written = self.inner.store.write(move |connection| {
            Box::pin(async move {
                if !first {
                    jwt_keys::succeed(connection, &owner, (&row.door, &row.purpose), until).await?;
                }
                jwt_keys::add(connection, &owner, &row, first).await?;
                audit::append(connection, &event).await?;
                Ok(Ok::<_, std::convert::Infallible>(()))
            })
        });
        let Ok(()) = written.await?;
        self.inner.jwt_keys.clear();
        Ok(())
    }
}

/// A sealed key opens only as what it was made for.
fn bound(organization: &str, row: &JwtKeyRow) -> Vec<u8> {
    digest::of_parts(&[organization, &row.door, &row.purpose, &row.kid]).to_vec()
}
