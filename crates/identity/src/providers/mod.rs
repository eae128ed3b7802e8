//! Being a service provider: begin a sign-on elsewhere, finish it with a token.
//!
//! Nothing is stored for a request that we send: its ID is a sealed ticket that says for which account and to which identity
//! provider it was, and until when it may be answered. Only its consumption is stored.
//!
//! * `begin`: the signed request · `acceptance`: a response judged · `finish`: what it buys · `admission`: whom it speaks of, and what that opens
//! * `used`: what a response uses up · `local`: accounts that take passwords instead · `partner`: people whom a partner vouches
//!   for, at a sign-in door

mod acceptance;
mod admission;
mod begin;
mod finish;
mod local;
mod partner;
mod used;

pub(crate) use admission::identity;
pub(crate) use used::{Used, not_our_request};

use crate::audit::Event;
use crate::digest;
use crate::entities::ServiceProvider;
use crate::error::{Answer, Refused, Unavailable};
use crate::guard;
use crate::moment::Moment;
use crate::peers::Peer;
use crate::service::Service;
use crate::settled::Known;
use crate::store::audit;
use crate::store::identity_providers::IdentityProvider;
use crate::store::tokens::{Origin, TokenRow};
use crate::tokens::Token;
use jiff::Timestamp;
use std::sync::Arc;

/// A new bearer token, in plain text exactly once.
#[derive(Clone)]
pub struct IssuedToken {
    /// The token: a UUID.
    pub plain: String,
    /// The account it opens; `0` is the grid.
    pub account: String,
    /// Until when.
    pub expires: Timestamp,
}

impl std::fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IssuedToken")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

/// What a request's ID is sealed for.
const SEALED: &str = "authn-request";

impl Service {
    /// The identity provider as it is now, if it may be used.
    pub(crate) async fn usable_provider(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        id: &str,
    ) -> Answer<(Known<IdentityProvider>, Arc<Peer>)> {
        let store = &self.inner.store;
        let Some(provider) = store.identity_provider(&entity.organization, id).await? else {
            return Ok(Err(disabled("the identity provider was removed")));
        };
        let provider = Known::from(provider);
        let peer = self.usable_peer(moment, &provider).await?;
        Ok(peer.map(|peer| (provider, peer)))
    }

    /// The other side of an identity provider that was just read, if it may be used.
    pub(crate) async fn usable_peer(
        &self,
        moment: &Moment,
        provider: &Known<IdentityProvider>,
    ) -> Answer<Arc<Peer>> {
        if !provider.enabled && guard::stands("idp.disabled") {
            return Ok(Err(disabled("the identity provider is disabled")));
        }
        if provider.metadata.is_empty() {
            let why = "no metadata of the identity provider was imported yet";
            return Ok(Err(disabled(why)));
        }
        let peer = match self
            .peer_of(moment, (provider.fingerprint, &provider.metadata))
            .await?
        {
            Ok(peer) => peer,
            Err(refused) => return Ok(Err(refused)),
        };
        // SAML metadata §2.3.2: nothing in it holds after validUntil.
        let until = peer.descriptor.valid_until;
        if until.is_some_and(|until| moment.now >= until) {
            let why = "the metadata of the identity provider is no longer valid";
            return Ok(Err(disabled(why)));
        }
        Ok(Ok(peer))
    }

    /// Appends one event by itself.
    pub(crate) async fn record(&self, event: Event) -> Result<(), Unavailable> {
        self.inner
            .store
            .record(move |connection| {
                Box::pin(async move {
                    audit::append(connection, &event)
                        .await
                        .map(Ok::<_, std::convert::Infallible>)
                })
            })
            .await
            .map(|Ok(())| ())
    }
}

fn issue(moment: &Moment, token: Token, origin: Option<Origin>) -> (IssuedToken, TokenRow) {
    let issued = IssuedToken {
        plain: moment.uuid().to_string(),
        account: token.account.clone(),
        expires: token.expires,
    };
    (
        issued,
        TokenRow {
            token,
            origin,
            revoked_at: None,
        },
    )
}

/// A request belongs to one door of one organization: no other may have it answered (security: A07).
pub(crate) fn bound(entity: &ServiceProvider) -> Vec<u8> {
    digest::of_parts(&[&entity.organization, &entity.door, &entity.entity_id]).to_vec()
}

pub(crate) fn disabled(why: &str) -> Refused {
    Refused::new("idp.disabled", why)
}
