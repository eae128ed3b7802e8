//! What applications are granted: codes, tokens, JWTs.
//!
//! This module owns who may have which credential and how each ends; it does not own how messages look (crate `oauth`). One
//! *grant* is one authorization of one application; everything that was issued because of it dies with it, with the session
//! that it came from, and with the person's right to sign in.
//!
//! * [`authorize`]: the authorization endpoint: an answer for the registered address, or a question to a person
//! * [`exchange`]: the token endpoint · [`inspect`]: what a token says, and its end · [`jwt`]: JWTs and the tickets that renew them
//! * `issue`: how tokens of a grant are drawn and written down

pub mod authorize;
pub mod exchange;
pub mod inspect;
mod issue;
pub mod jwt;

use crate::error::Unavailable;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::grants::{self, HeldToken, Holder, TokenKind};
use std::convert::Infallible;

/// We, as an authorization server of one organization.
#[derive(Debug, Clone)]
pub struct AuthorizationServer {
    /// Organization that keeps people and applications.
    pub organization: String,
    /// Our issuer: `https://host` (RFC 8414 §2).
    pub issuer: String,
}

impl Service {
    /// The token of that text if it is good: neither expired nor revoked, its session goes on, its person may sign in.
    pub(crate) async fn live_token(
        &self,
        moment: &Moment,
        organization: &str,
        (kind, hash): (TokenKind, &str),
    ) -> Result<Option<HeldToken>, Unavailable> {
        let found = self
            .inner
            .store
            .grant_token(organization, kind, hash)
            .await?;
        Ok(found.filter(|token| is_live(token, moment)))
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
        self.inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    if grants::revoke(connection, &organization, &grant, now).await? {
                        crate::store::audit::append(connection, &event).await?;
                    }
                    Ok(Ok::<_, Infallible>(()))
                })
            })
            .await
            .map(|Ok(())| ())
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
