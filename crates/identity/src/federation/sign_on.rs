//! Sign-on that begins here: a browser or an enhanced client (SAML profiles §4.2) asks for a token of an identity provider's
//! person, is sent there with a signed request, and comes back with the response.
//!
//! Nothing is stored for a request: its ID is a sealed ticket that says whom we asked, by which way the answer must come, and
//! where a browser wanted its token posted.

use super::judged::Wanted;
use super::registration::SAML;
use super::token::IssuedFederationToken;
use crate::browser_sign_on::{Begun, binding};
use crate::digest;
use crate::entities::{Federation, ServiceProvider};
use crate::error::{Answer, Refused, Unavailable};
use crate::guard;
use crate::moment::Moment;
use crate::peers::Peer;
use crate::providers::{bound, not_our_request};
use crate::service::Service;
use saml::bindings::post;
use saml::ecp::{self, Asked};
use saml::names;
use saml::validate::response::Received;
use std::sync::Arc;
use xmldsig::keys::Requests;

/// What a request's ID is sealed for.
const SEALED: &str = "federation-request";

/// By which way an answer must come. An answer for one is none for the other: what a client was asked must not be finished in
/// somebody's browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
enum Way {
    Browser,
    Client,
}

/// What is remembered of a request.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Pending {
    provider: String,
    way: Way,
    /// Where the browser wanted its token posted: a page that the door knew.
    dashboard: Option<String>,
}

/// A sign-on that a browser finished.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The token.
    pub issued: IssuedFederationToken,
    /// Where the browser wanted it posted.
    pub dashboard: Option<String>,
}

impl Service {
    /// Begins a sign-on in a browser. `dashboard` is a page that the door knows, where the token will be posted. Codes:
    /// `protocol.unknown`, `idp.disabled` (or unknown).
    pub async fn begin_federation_in_browser(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        (provider, protocol): (&str, &str),
        dashboard: Option<&str>,
    ) -> Answer<Begun> {
        let peer = match self.asked(moment, entity, (provider, protocol)).await? {
            Ok(peer) => peer,
            Err(refused) => return Ok(Err(refused)),
        };
        let Some(destination) = peer.single_sign_on() else {
            return Ok(Err(Refused::new(
                "idp.disabled",
                "its metadata has no SingleSignOnService by redirect",
            )));
        };
        let pending = Pending {
            provider: provider.to_owned(),
            way: Way::Browser,
            dashboard: dashboard.map(str::to_owned),
        };
        let id = self.pending_id(moment, entity, &pending);
        let request = entity.request(moment, id, Some(destination));
        let url = self
            .redirected(moment, entity, (destination, &request, None))
            .await?;
        Ok(Ok(Begun {
            url,
            binding: binding(&request.id),
            lifetime: self.inner.settings.request_lifetime,
        }))
    }

    /// Begins a sign-on of an enhanced client: the envelope that it carries to its identity provider (SAML profiles §4.2.4.1).
    /// Codes as for a browser.
    pub async fn begin_federation_by_client(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        (provider, protocol): (&str, &str),
    ) -> Answer<String> {
        let peer = match self.asked(moment, entity, (provider, protocol)).await? {
            Ok(peer) => peer,
            Err(refused) => return Ok(Err(refused)),
        };
        let Some(consumer) = entity.paos.first() else {
            return Ok(Err(Refused::new(
                "protocol.unknown",
                "the door has no consumer for enhanced clients",
            )));
        };
        let pending = Pending {
            provider: provider.to_owned(),
            way: Way::Client,
            dashboard: None,
        };
        let id = self.pending_id(moment, entity, &pending);
        let mut request = entity.request(moment, id, peer.single_sign_on_by_soap());
        request.acs_url = Some(consumer.clone());
        request.protocol_binding = Some(names::PAOS.to_owned());
        let key = self
            .key::<Requests>(moment, &entity.organization, &entity.door)
            .await?;
        let unwritable = |error: Box<dyn std::error::Error + Send + Sync>| Unavailable(error);
        let message = request
            .signed(&key, key.default_algorithm())
            .map_err(|error| unwritable(error.into()))?;
        let asked = Asked {
            issuer: &entity.entity_id,
            consumer,
            relay_state: &relay_state(&request.id),
        };
        let envelope = ecp::request(&asked, &message).map_err(|error| unwritable(error.into()))?;
        Ok(Ok(envelope))
    }

    /// Finishes a sign-on of a browser that shows `bindings`. Codes: `sign_on.browser` (none of them is the one of the request
    /// that the response answers; nothing was judged or consumed), and those of [`Service::redeem_unsolicited`].
    pub async fn finish_federation_in_browser(
        &self,
        moment: &Moment,
        federation: &Federation,
        saml_response: &str,
        bindings: &[&str],
    ) -> Answer<Finished> {
        let outcome = match post::decode(saml_response) {
            Ok(xml) => {
                let shown = |request: &str| bindings.contains(&binding(request).as_str());
                let strange = |request: Option<&str>| {
                    let strange = !request.is_some_and(shown) && guard::stands("sign_on.browser");
                    strange.then(|| {
                        Refused::new(
                            "sign_on.browser",
                            "the sign-on did not begin in this browser",
                        )
                    })
                };
                self.finish_federation(moment, federation, (&xml, Way::Browser), strange)
                    .await?
            }
            Err(refusal) => Err(refusal.into()),
        };
        Self::log_refused(moment, &federation.provider.organization, &outcome);
        Ok(outcome)
    }

    /// Finishes a sign-on of an enhanced client with the envelope that it carried back. Codes: those of
    /// [`Service::redeem_unsolicited`], `soap.…`, `ecp.relay_state` (it is not the one that was sent).
    pub async fn finish_federation_by_client(
        &self,
        moment: &Moment,
        federation: &Federation,
        envelope: &[u8],
    ) -> Answer<IssuedFederationToken> {
        let outcome = match ecp::carried(envelope) {
            Ok(carried) => {
                let strange = |request: Option<&str>| {
                    let sent = request.map(relay_state)?;
                    let returned = carried.relay_state.as_deref();
                    let judged = ecp::judge_relay_state(&sent, returned);
                    judged.err().map(Refused::from)
                };
                let way = (carried.message.as_slice(), Way::Client);
                self.finish_federation(moment, federation, way, strange)
                    .await?
            }
            Err(refusal) => Err(refusal.into()),
        };
        Self::log_refused(moment, &federation.provider.organization, &outcome);
        Ok(outcome.map(|finished| finished.issued))
    }

    /// `strange` says what is wrong with how an answer to that request came; it is asked before anything is judged.
    async fn finish_federation(
        &self,
        moment: &Moment,
        federation: &Federation,
        (xml, way): (&[u8], Way),
        strange: impl Fn(Option<&str>) -> Option<Refused>,
    ) -> Answer<Finished> {
        let entity = &federation.provider;
        let response = Received::read(xml);
        let claimed = match response.claimed() {
            Ok(claimed) => claimed,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let request = claimed.in_response_to.as_deref();
        if let Some(refused) = strange(request) {
            return Ok(Err(refused));
        }
        let Some(request) = request else {
            return Ok(Err(Refused::new(
                "unsolicited",
                "a response that nobody asked for",
            )));
        };
        let Some(pending) = self.pending(moment, entity, request) else {
            return Ok(Err(not_our_request("a live request of ours", request)));
        };
        if pending.way != way && guard::stands("sign_on.way") {
            return Ok(Err(Refused::new(
                "sign_on.way",
                "the request was sent by another way than the answer came",
            )));
        }
        let wanted = Wanted {
            provider: &pending.provider,
            consumers: match way {
                Way::Browser => &entity.acs,
                Way::Client => &entity.paos,
            },
            request: Some(request),
        };
        // The claim was not judged so far. It is here: a response that answers another request than it claims is refused.
        let judged = self
            .judge_response(moment, entity, (&response, &wanted))
            .await?;
        let (provider, accepted) = match judged {
            Ok(judged) => judged,
            Err(refused) => return Ok(Err(refused)),
        };
        let issued = self
            .spend_response(moment, federation, (provider, accepted, Some(request)))
            .await?;
        Ok(issued.map(|issued| Finished {
            issued,
            dashboard: pending.dashboard,
        }))
    }

    async fn asked(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        (provider, protocol): (&str, &str),
    ) -> Answer<Arc<Peer>> {
        if protocol != SAML {
            return Ok(Err(Refused::new(
                "protocol.unknown",
                "no such protocol begins a sign-on here",
            )));
        }
        let found = self.usable_provider(moment, entity, provider).await?;
        Ok(found.map(|(_, peer)| peer))
    }

    fn pending_id(&self, moment: &Moment, entity: &ServiceProvider, pending: &Pending) -> String {
        let plain = serde_json::to_vec(pending).expect("texts are always JSON");
        let expires = moment.now + self.inner.settings.request_lifetime;
        let vault = &self.inner.vault;
        let ticket = vault.ticket(SEALED, &bound(entity), &plain, expires, moment.bytes());
        format!("_{ticket}")
    }

    fn pending(&self, moment: &Moment, entity: &ServiceProvider, request: &str) -> Option<Pending> {
        let ticket = request.strip_prefix('_')?;
        let vault = &self.inner.vault;
        let plain = vault.open_ticket(SEALED, &bound(entity), ticket, moment.now)?;
        serde_json::from_slice(&plain).ok()
    }
}

/// What a client brings back with its answer: bound to the request, and no secret from who began it.
fn relay_state(request: &str) -> String {
    digest::key(&["relay-state", request])
}
