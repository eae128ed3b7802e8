//! Bearer tokens: check, revoke.

use crate::audit::Event;
use crate::digest;
use crate::error::{Answer, Refused, Unavailable};
use crate::moment::Moment;
use crate::service::Service;
use crate::store::{audit, millis, tokens};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use uuid::Uuid;

/// What a live token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Organization.
    pub organization: String,
    /// The account it opens; `0` is the grid.
    pub account: String,
    /// Who: the mapped user name.
    pub user_name: String,
    /// A stable id of the person: derived from issuer and NameID, or the local user's id.
    pub user_id: String,
    /// Full name, if known.
    pub full_name: Option<String>,
    /// The groups that admitted the person.
    pub groups: Vec<String>,
    /// Whether an identity provider vouched.
    pub federated: bool,
    /// Issued.
    pub issued: Timestamp,
    /// Expires.
    pub expires: Timestamp,
}

impl Service {
    /// The live token of that text in that organization. Refused with `token.invalid` whatever the reason.
    pub async fn check_token(
        &self,
        moment: &Moment,
        organization: &str,
        plain: &str,
    ) -> Answer<Arc<Token>> {
        let Some(hash) = fingerprint(plain) else {
            return Ok(Err(invalid()));
        };
        let cache = &self.inner.tokens;
        if let Some(token) = cache.get(organization, &hash, moment.now) {
            return Ok(Ok(token));
        }
        let epoch = cache.epoch();
        let found = self.inner.store.token(organization, &hash).await?;
        let Some(row) =
            found.filter(|row| row.revoked_at.is_none() && moment.now < row.token.expires)
        else {
            return Ok(Err(invalid()));
        };
        let token = Arc::new(row.token);
        cache.put((hash, token.clone()), moment.now, epoch);
        Ok(Ok(token))
    }

    /// Revokes it. `Ok(Ok(()))` also for one that was revoked before and would still live: what was issued is remembered
    /// until it would have expired. `token.invalid` for one that never was.
    pub async fn revoke_token(
        &self,
        moment: &Moment,
        organization: &str,
        plain: &str,
    ) -> Answer<()> {
        let Some(hash) = fingerprint(plain) else {
            return Ok(Err(invalid()));
        };
        let found = self.inner.store.token(organization, &hash).await?;
        let Some(row) = found.filter(|row| moment.now < row.token.expires) else {
            return Ok(Err(invalid()));
        };
        if row.revoked_at.is_some() {
            return Ok(Ok(()));
        }
        let event = Event::new(
            moment,
            "token.revoked",
            organization,
            format!("account {}", row.token.account),
        )
        .by(row.token.user_name);
        let (owner, key, now) = (organization.to_owned(), hash.clone(), millis(moment.now));
        let written = self
            .inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    if tokens::revoke(connection, &owner, &key, now).await? {
                        audit::append(connection, &event).await?;
                    }
                    Ok(Ok::<_, std::convert::Infallible>(()))
                })
            })
            .await;
        self.inner.tokens.evict(std::slice::from_ref(&hash));
        let Ok(()) = written?;
        Ok(Ok(()))
    }

    /// Whether the store answers.
    pub async fn ready(&self) -> Result<(), Unavailable> {
        self.inner.store.ready().await
    }
}

fn invalid() -> Refused {
    Refused::new("token.invalid", "no live token of that text")
}

/// How a token is kept. None for what no token of ours looks like: nobody makes us ask the store about it.
pub(crate) fn fingerprint(plain: &str) -> Option<String> {
    (plain.len() == uuid::fmt::Hyphenated::LENGTH && Uuid::try_parse(plain).is_ok())
        .then(|| digest::of_secret(plain))
}

/// Positive checks, reused for a short while. Never the reason why something that this process revoked still works: revoking
/// evicts, and a check that began before an eviction is not kept.
pub(crate) struct TokenCache {
    reuse: SignedDuration,
    kept: RwLock<Kept>,
}

#[derive(Default)]
struct Kept {
    epoch: u64,
    tokens: HashMap<String, (Arc<Token>, Timestamp)>,
}

/// How many checks are kept at most.
const KEPT: usize = 100_000;

impl TokenCache {
    pub(crate) fn new(reuse: SignedDuration) -> Self {
        Self {
            reuse,
            kept: RwLock::default(),
        }
    }

    fn epoch(&self) -> u64 {
        self.kept
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .epoch
    }

    fn get(&self, organization: &str, hash: &str, now: Timestamp) -> Option<Arc<Token>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let (token, checked) = kept.tokens.get(hash)?;
        let age = now.duration_since(*checked);
        let fresh = !age.is_negative() && age < self.reuse;
        (fresh && now < token.expires && token.organization == organization).then(|| token.clone())
    }

    fn put(&self, (hash, token): (String, Arc<Token>), now: Timestamp, epoch: u64) {
        if self.reuse.is_zero() {
            return;
        }
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.epoch != epoch {
            return;
        }
        if kept.tokens.len() >= KEPT {
            kept.tokens.clear();
        }
        kept.tokens.insert(hash, (token, now));
    }

    /// Forgets what was revoked.
    pub(crate) fn evict(&self, hashes: &[String]) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        kept.epoch += 1;
        for hash in hashes {
            kept.tokens.remove(hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn token() -> Arc<Token> {
        Arc::new(Token {
            organization: "o".into(),
            account: "0".into(),
            user_name: "n".into(),
            user_id: "i".into(),
            full_name: None,
            groups: vec![],
            federated: true,
            issued: at(0),
            expires: at(100),
        })
    }

    #[test]
    fn a_check_is_reused_for_its_time_in_its_organization_and_never_past_the_end_of_the_token() {
        let cache = TokenCache::new(SignedDuration::from_secs(10));
        cache.put(("h".into(), token()), at(0), cache.epoch());
        assert!(cache.get("o", "h", at(9)).is_some());
        assert!(cache.get("p", "h", at(9)).is_none());
        assert!(cache.get("o", "h", at(10)).is_none());
        cache.put(("h".into(), token()), at(95), cache.epoch());
        assert!(cache.get("o", "h", at(99)).is_some());
        assert!(cache.get("o", "h", at(100)).is_none());
    }

    #[test]
    fn a_check_that_began_before_a_revocation_is_not_kept() {
        let cache = TokenCache::new(SignedDuration::from_secs(10));
        let epoch = cache.epoch();
        cache.evict(&["h".into()]);
        cache.put(("h".into(), token()), at(0), epoch);
        assert!(cache.get("o", "h", at(0)).is_none());
    }

    #[test]
    fn only_what_looks_like_a_token_is_looked_up() {
        assert!(fingerprint("56eb07bf-21f6-40b7-af0b-5c6cacfb25e7").is_some());
        assert!(fingerprint("56eb07bf21f640b7af0b5c6cacfb25e7").is_none());
        assert!(fingerprint("").is_none());
        assert!(fingerprint("x' or 1=1").is_none());
    }
}
