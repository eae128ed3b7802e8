//! What applications are granted: codes, tokens, JWTs.
//!
//! This module owns who may have which credential and how each ends; it does not own how messages look (crate `oauth`). One
//! *grant* is one authorization of one application; everything that was issued because of it dies with it, with the session
//! that it came from, and with the person's right to sign in.
//!
//! * [`authorize`]: the authorization endpoint: an answer for the registered address, or a question to a person
//! * [`device`]: codes for devices, and what a person decides about them · [`openid`]: ID tokens, and what they are told of a person
//! * [`exchange`]: the token endpoint · [`inspect`]: what a token says, and its end · [`jwt`]: JWTs and the tickets that renew them
//! * `issue`: how tokens of a grant are drawn and written down

pub mod authorize;
pub mod device;
pub mod exchange;
pub mod inspect;
mod issue;
pub mod jwt;
pub mod openid;

use crate::digest;
use crate::error::Unavailable;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::grants::{self, HeldToken, Holder, TokenKind};
use std::convert::Infallible;
use std::sync::Arc;

/// We, as an authorization server of one organization.
#[derive(Debug, Clone)]
pub struct AuthorizationServer {
    /// Organization that keeps people and applications.
    pub organization: String,
    /// The door, which names its keys.
    pub door: String,
    /// Our issuer: `https://host` (RFC 8414 §2).
    pub issuer: String,
}

impl Service {
    /// The token of that text if it is good: neither expired nor revoked, its session goes on, its person may sign in. What is
    /// only shown (access tokens, JWTs) may come from a recent answer; what buys something is always read from the store.
    pub(crate) async fn live_token(
        &self,
        moment: &Moment,
        organization: &str,
        (kind, hash): (TokenKind, &str),
    ) -> Result<Option<Arc<HeldToken>>, Unavailable> {
        let reusable = matches!(kind, TokenKind::Access | TokenKind::Jwt);
        let cache = &self.inner.grants;
        let key = digest::key(&[organization, kind.text(), hash]);
        if reusable && let Some(known) = cache.get(&key, moment.now) {
            return Ok(Some(known));
        }
        let epoch = cache.epoch();
        let found = self
            .inner
            .store
            .grant_token(organization, kind, hash)
            .await?;
        let Some(live) = found.filter(|token| is_live(token, moment)) else {
            return Ok(None);
        };
        let live = Arc::new(live);
        if reusable {
            let times = (moment.now, live.expires_at);
            cache.put((key, live.clone()), times, epoch);
        }
        Ok(Some(live))
    }

    /// Revokes a grant.
    pub(crate) async fn revoke_grant(
        &self,
        moment: &Moment,
        organization: &str,
        grant: &str,
    ) -> Result<(), Unavailable> {
        let event = crate::audit::Event::new(moment, "grant.revoked", organization, "asked for")
            .about(grant);
        let (organization, grant) = (organization.to_owned(), grant.to_owned());
        let now = crate::store::millis(moment.now);
        let written = self
            .inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    if grants::revoke(connection, &organization, &grant, now).await? {
                        crate::store::audit::append(connection, &event).await?;
                    }
                    Ok(Ok::<_, Infallible>(()))
                })
            })
            .await;
        self.forget_checks();
        written.map(|Ok(())| ())
    }
}

fn is_live(token: &HeldToken, moment: &Moment) -> bool {
    let held =
        token.grant.user.is_none() || token.holder.as_ref().is_some_and(|holder| holder.live);
    token.revoked_at.is_none() && moment.now < token.expires_at && held
}

/// The person of a session that goes on.
pub(crate) fn live(holder: Option<Holder>, moment: &Moment) -> Option<Holder> {
    holder.filter(|holder| holder.live && moment.now < holder.session_expires_at)
}
