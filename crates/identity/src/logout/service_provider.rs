//! Logout as a service provider: tokens end when the session that they came from does.

use super::{LogoutOutcome, awaited_at, claimed_request, claimed_response, refused, signed_url};
use crate::audit::Event;
use crate::digest;
use crate::entities::ServiceProvider;
use crate::error::{Answer, Unavailable};
use crate::moment::Moment;
use crate::peers::{Peer, logout_request_url, logout_response_url};
use crate::service::Service;
use crate::store::tokens::{Origin, TokenRow};
use crate::store::{audit, federation_tokens, millis, tokens};
use crate::tokens::fingerprint;
use saml::bindings::redirect::{Kind, Order, Outgoing, Redirected};
use saml::messages::{LogoutRequest, LogoutResponse, Status};
use saml::names;
use saml::validate::logout::{Expectations, accept_request, accept_response};
use std::sync::Arc;
use xmldsig::keys::Requests;

/// What a LogoutRequest's ID is sealed for.
const SEALED: &str = "logout-request";

impl Service {
    /// The signed logout URL for a token; revokes nothing. Codes: `token.invalid`, `logout.unsupported` (local sign-in, or a provider without SLO).
    pub async fn begin_logout(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        token: &str,
    ) -> Answer<String> {
        let invalid = || refused("token.invalid", "no live token of that text");
        let Some(hash) = fingerprint(token) else {
            return Ok(invalid());
        };
        let row = self.inner.store.token(&entity.organization, &hash).await?;
        let live = |row: &TokenRow| row.revoked_at.is_none() && moment.now < row.token.expires;
        let Some(row) = row.filter(live) else {
            return Ok(invalid());
        };
        let Some(origin) = row.origin else {
            return Ok(refused(
                "logout.unsupported",
                "the token came from a local password",
            ));
        };
        let peer = match self
            .peer_of_provider(moment, entity, &origin.provider)
            .await?
        {
            Ok((_, peer)) => peer,
            Err(refused) => return Ok(Err(refused)),
        };
        let Some(destination) = logout_request_url(peer.descriptor.identity_provider.as_ref())
        else {
            return Ok(refused(
                "logout.unsupported",
                "the identity provider has no SingleLogoutService by redirect",
            ));
        };
        let expires = moment.now + self.inner.settings.request_lifetime;
        // The ID names the token by its fingerprint: the answer needs nothing of ours but the token's own row.
        let ticket = self.inner.vault.ticket(
            SEALED,
            &bound(entity),
            hash.as_bytes(),
            expires,
            moment.bytes(),
        );
        let request = LogoutRequest {
            id: format!("_{ticket}"),
            issue_instant: moment.now,
            issuer: entity.entity_id.clone(),
            destination: Some(destination.to_owned()),
            not_on_or_after: Some(expires),
            name_id: origin.name_id,
            session_indexes: origin.session_index.into_iter().collect(),
        };
        let xml = request.to_xml().map_err(|e| Unavailable(Box::new(e)))?;
        let key = self
            .key::<Requests>(moment, &entity.organization, &entity.door)
            .await?;
        let message = Outgoing {
            kind: Kind::Request,
            xml: &xml,
            relay_state: None,
        };
        signed_url(
            destination,
            message,
            (&key, key.default_algorithm()),
            Order::RelayStateLast,
        )
        .map(Ok)
    }

    /// Judges what came to the service provider's logout URL (LogoutResponse or LogoutRequest, raw query). Codes: those of
    /// [`saml::error::Refusal`], `logout.in_response_to`, `logout.status`, `logout.unknown_party`.
    pub async fn service_provider_logout(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        raw_query: &str,
    ) -> Answer<LogoutOutcome> {
        let outcome = match Redirected::decode(raw_query) {
            Ok(came) if came.kind == Kind::Response => {
                self.obey_response(moment, entity, &came).await?
            }
            Ok(came) => self.obey_request(moment, entity, &came).await?,
            Err(refusal) => Err(refusal.into()),
        };
        if let Err(refused) = &outcome {
            Event::new(
                moment,
                "logout.refused",
                &entity.organization,
                &refused.detail,
            )
            .refused(refused.code)
            .log();
        }
        Ok(outcome)
    }

    /// The identity provider says that the session is over: what came from it is revoked.
    async fn obey_response(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        came: &Redirected,
    ) -> Answer<LogoutOutcome> {
        let foreign = || refused("logout.in_response_to", "no live LogoutRequest of ours");
        let claimed = match claimed_response(&came.xml) {
            Ok(claimed) => claimed,
            Err(refused) => return Ok(Err(refused)),
        };
        // SAML profiles §4.4.4.2: an answer names its request; one that nobody asked for is refused (security: L06).
        let Some(request) = claimed.in_response_to else {
            return Ok(foreign());
        };
        let ticket = request.strip_prefix('_').unwrap_or_default();
        let opened =
            self.inner
                .vault
                .open_ticket(SEALED, &bound(entity), ticket, awaited_at(moment.now));
        let Some(hash) = opened.and_then(|plain| String::from_utf8(plain).ok()) else {
            return Ok(foreign());
        };
        let row = self.inner.store.token(&entity.organization, &hash).await?;
        let Some(origin) = row.and_then(|row| row.origin) else {
            return Ok(foreign());
        };
        let (issuer, peer) = match self
            .peer_of_provider(moment, entity, &origin.provider)
            .await?
        {
            Ok(found) => found,
            Err(refused) => return Ok(Err(refused)),
        };
        let destinations: Vec<&str> = entity.slo.iter().map(String::as_str).collect();
        let expected = expectations(self, (&issuer, &peer), &destinations);
        let response = match accept_response(came, &expected, &request, moment.now) {
            Ok(response) => response,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        if !ended(&response.status) {
            return Ok(refused(
                "logout.status",
                "the identity provider did not end the session",
            ));
        }
        self.revoke(moment, entity, vec![origin]).await?;
        Ok(Ok(LogoutOutcome::Done))
    }

    /// The identity provider wants a session ended. Repeating it ends nothing more: harmless.
    async fn obey_request(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        came: &Redirected,
    ) -> Answer<LogoutOutcome> {
        let claimed = match claimed_request(&came.xml) {
            Ok(claimed) => claimed,
            Err(refused) => return Ok(Err(refused)),
        };
        let provider = self
            .inner
            .store
            .identity_provider_by_entity_id(&entity.organization, &claimed.issuer)
            .await?;
        let Some(provider) = provider else {
            return Ok(refused(
                "logout.unknown_party",
                "no identity provider of that entity ID",
            ));
        };
        let peer = match self.peer(moment, &provider.metadata).await? {
            Ok(peer) => peer,
            Err(refused) => return Ok(Err(refused)),
        };
        let destinations: Vec<&str> = entity.slo.iter().map(String::as_str).collect();
        let expected = expectations(self, (&provider.entity_id, &peer), &destinations);
        let request = match accept_request(came, &expected, moment.now) {
            Ok(request) => request,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let origin = |session_index| Origin {
            provider: provider.id.clone(),
            name_id: request.name_id.clone(),
            session_index,
        };
        let origins = match request.session_indexes.as_slice() {
            // SAML core §3.7.1: without a SessionIndex, all sessions of that person.
            [] => vec![origin(None)],
            indexes => indexes
                .iter()
                .map(|index| origin(Some(index.clone())))
                .collect(),
        };
        self.revoke(moment, entity, origins).await?;
        let Some(destination) = logout_response_url(peer.descriptor.identity_provider.as_ref())
        else {
            return Ok(Ok(LogoutOutcome::Done));
        };
        let response = LogoutResponse {
            id: moment.message_id(),
            issue_instant: moment.now,
            issuer: entity.entity_id.clone(),
            destination: Some(destination.to_owned()),
            in_response_to: Some(request.id),
            status: Status::success(),
        };
        let xml = response.to_xml().map_err(|e| Unavailable(Box::new(e)))?;
        let key = self
            .key::<Requests>(moment, &entity.organization, &entity.door)
            .await?;
        let message = Outgoing {
            kind: Kind::Response,
            xml: &xml,
            relay_state: came.relay_state.as_deref(),
        };
        Ok(Ok(LogoutOutcome::Redirect(signed_url(
            destination,
            message,
            (&key, key.default_algorithm()),
            Order::Standard,
        )?)))
    }

    async fn revoke(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        origins: Vec<Origin>,
    ) -> Result<(), Unavailable> {
        let event = Event::new(
            moment,
            "token.revoked",
            &entity.organization,
            "single logout",
        );
        let (organization, now) = (entity.organization.clone(), millis(moment.now));
        let revoked = self
            .inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    let mut hashes = Vec::new();
                    let mut federated = 0;
                    for origin in &origins {
                        federated += federation_tokens::revoke_origin(
                            connection,
                            &organization,
                            origin,
                            now,
                        )
                        .await?;
                        hashes.extend(
                            tokens::revoke_origin(connection, &organization, origin, now).await?,
                        );
                    }
                    let revoked = hashes.len() as u64 + federated;
                    if revoked > 0 {
                        let detail = format!(
                            "single logout through {}: {revoked} tokens",
                            origins[0].provider,
                        );
                        let event = Event { detail, ..event }.by(&origins[0].name_id.value);
                        audit::append(connection, &event).await?;
                    }
                    Ok(Ok::<_, std::convert::Infallible>(hashes))
                })
            })
            .await;
        self.inner.federation_tokens.clear();
        let Ok(revoked) = revoked?;
        self.inner.tokens.evict(&revoked);
        Ok(())
    }

    /// Entity ID and metadata of a provider, enabled or not: signing out must always be possible.
    async fn peer_of_provider(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        provider: &str,
    ) -> Answer<(String, Arc<Peer>)> {
        let Some(provider) = self
            .inner
            .store
            .identity_provider(&entity.organization, provider)
            .await?
        else {
            return Ok(refused(
                "logout.unsupported",
                "the identity provider was removed",
            ));
        };
        let peer = self.peer(moment, &provider.metadata).await?;
        Ok(peer.map(|peer| (provider.entity_id, peer)))
    }
}

fn expectations<'a>(
    service: &Service,
    (issuer, peer): (&'a str, &'a Peer),
    destinations: &'a [&'a str],
) -> Expectations<'a> {
    Expectations {
        issuer,
        keys: &peer.identity_provider_keys,
        default_algorithm: None,
        destinations,
        skew: service.inner.settings.skew,
    }
}

/// Success, and also PartialLogout under whatever code: the session is over even if some other party was not reached.
fn ended(status: &Status) -> bool {
    status.code == names::SUCCESS || status.sub_code.as_deref() == Some(names::PARTIAL_LOGOUT)
}

fn bound(entity: &ServiceProvider) -> Vec<u8> {
    digest::of_parts(&[&entity.organization, &entity.door, &entity.entity_id]).to_vec()
}
