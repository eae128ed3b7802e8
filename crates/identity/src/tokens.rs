//! Bearer tokens: check, revoke.

use crate::audit::Event;
use crate::digest;
use crate::error::{Answer, Refused, Unavailable};
use crate::moment::Moment;
use crate::service::Service;
use crate::store::{audit, millis, tokens};
use jiff::Timestamp;
use std::sync::Arc;
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
        let known = cache.get(&hash, moment.now);
        if let Some(token) = known.filter(|token| token.organization == organization) {
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
        let times = (moment.now, token.expires);
        cache.put((hash, token.clone()), times, epoch);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_looks_like_a_token_is_looked_up() {
        assert!(fingerprint("56eb07bf-21f6-40b7-af0b-5c6cacfb25e7").is_some());
        assert!(fingerprint("56eb07bf21f640b7af0b5c6cacfb25e7").is_none());
        assert!(fingerprint("").is_none());
        assert!(fingerprint("x' or 1=1").is_none());
    }
}
