//! The list of revoked tokens, signed, for whoever verifies tokens without asking us.

use crate::digest;
use crate::entities::Federation;
use crate::error::Unavailable;
use crate::moment::Moment;
use crate::service::Service;
use jiff::{SignedDuration, Timestamp};
use oauth::jwt::{self, Claims, RevocationList};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// How long a list may be believed.
const LIFETIME: SignedDuration = SignedDuration::from_mins(5);
/// Tokens on a list at most. Beyond that it says from which time of issue on it is complete.
const MOST: usize = 4_096;
/// Lists of one content that are made within this many seconds are one list.
const WINDOW: i64 = 60;

/// A list as it is published.
#[derive(Debug, Clone)]
pub struct Revocations {
    /// A compact JWS.
    pub signed: String,
    /// Changes when the content does, and once a minute.
    pub tag: String,
}

/// Lists that were signed lately. Bounded by configuration: one for each domain.
#[derive(Default)]
pub(crate) struct RevocationLists {
    kept: RwLock<HashMap<String, (Timestamp, Arc<Revocations>)>>,
}

impl Service {
    /// The tokens that were revoked before they expired. What was revoked a moment ago stands on it within the time for which
    /// token checks may be reused.
    pub async fn revocations(
        &self,
        moment: &Moment,
        federation: &Federation,
    ) -> Result<Arc<Revocations>, Unavailable> {
        let provider = &federation.provider;
        let lists = &self.inner.revocations.kept;
        let kept = {
            let kept = lists.read().unwrap_or_else(PoisonError::into_inner);
            kept.get(&provider.organization).cloned()
        };
        if let Some((read, list)) = &kept {
            let age = moment.now.duration_since(*read);
            if !age.is_negative() && age < self.inner.settings.token_cache {
                return Ok(list.clone());
            }
        }
        let most = i64::try_from(MOST + 1).expect("a small number");
        let mut revoked = self
            .inner
            .store
            .revoked_federation_tokens(&provider.organization, moment.now, most)
            .await?;
        // Those that did not fit were issued at that second or before it.
        let complete_from = match revoked.get(MOST) {
            Some((_, issued)) => issued.as_second() + 1,
            None => 0,
        };
        revoked.truncate(MOST);
        let ids: Vec<String> = revoked.into_iter().map(|(id, _)| id).collect();
        let window = moment.now.as_second().div_euclid(WINDOW) * WINDOW;
        let parts: Vec<&str> = ids.iter().map(String::as_str).collect();
        let tag = format!("W/\"{}-{window}\"", digest::key(&parts));
        let list = match kept {
            Some((_, list)) if list.tag == tag => list,
            _ => Arc::new(
                self.sign_revocations(moment, federation, (ids, complete_from, window, tag))
                    .await?,
            ),
        };
        let mut kept = lists.write().unwrap_or_else(PoisonError::into_inner);
        kept.insert(provider.organization.clone(), (moment.now, list.clone()));
        Ok(list)
    }

    async fn sign_revocations(
        &self,
        moment: &Moment,
        federation: &Federation,
        (revoked, complete_from, window, tag): (Vec<String>, i64, i64, String),
    ) -> Result<Revocations, Unavailable> {
        let provider = &federation.provider;
        let owner = (provider.organization.as_str(), provider.door.as_str());
        let keys = self.jwt_keys_for::<RevocationList>(moment, owner).await?;
        let key = keys
            .signing(moment.now)
            .ok_or_else(|| Unavailable::because("no key signs at this time"))?;
        let claims = Claims::new()
            .with("iss", provider.entity_id.as_str())
            .with("sub", provider.organization.as_str())
            .with("jti", super::issue::token_id(moment))
            .with("iat", window)
            .with("exp", window + LIFETIME.as_secs())
            .with("complete_from", complete_from)
            .with("revoked", revoked);
        Ok(Revocations {
            signed: jwt::sign(&claims, key),
            tag,
        })
    }
}
