//! A response of an identity provider, judged and spent: one response buys one token.

use super::history::Memory;
use super::issue::{Draft, token_id};
use super::person::Person;
use super::registration::SAML;
use super::token::{IssuedFederationToken, Method, whole_millis};
use crate::audit::Event;
use crate::entities::{Federation, ServiceProvider};
use crate::error::{Answer, Refused, Unavailable};
use crate::mapping::Attributes;
use crate::moment::Moment;
use crate::providers::{self, Used};
use crate::service::Service;
use crate::settled::Known;
use crate::store::federation_tokens::{self, FederationTokenRow};
use crate::store::identity_providers::{self, IdentityProvider};
use crate::store::tokens::Origin;
use crate::store::{audit, sign_in_history};
use saml::validate::response::{Accepted, Received};

/// What a response must be.
pub(super) struct Wanted<'a> {
    /// Identifier of the provider that must have written it.
    pub(super) provider: &'a str,
    /// Our consumer URLs where it may arrive.
    pub(super) consumers: &'a [String],
    /// The request that it must answer; none if it must answer none.
    pub(super) request: Option<&'a str>,
}

impl Service {
    /// Judges a response that the provider, as it is now, may give. Codes: those of [`saml::error::Refusal`], `idp.disabled` (or
    /// unknown), `unsolicited` (the provider may not speak without having been asked).
    pub(super) async fn judge_response(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        (response, wanted): (&Received<'_>, &Wanted<'_>),
    ) -> Answer<(Known<IdentityProvider>, Accepted)> {
        let (provider, peer) = match self
            .usable_provider(moment, entity, wanted.provider)
            .await?
        {
            Ok(found) => found,
            Err(refused) => return Ok(Err(refused)),
        };
        let unasked = wanted.request.is_none() && !provider.allow_unsolicited;
        if unasked && crate::guard::stands("unsolicited") {
            return Ok(Err(Refused::new(
                "unsolicited",
                "a response that nobody asked for",
            )));
        }
        // We, as far as this way of coming back is concerned.
        let here = ServiceProvider {
            acs: wanted.consumers.to_vec(),
            ..entity.clone()
        };
        // The provider that was asked or named, and no other: its name and its keys (security: A15).
        let expected = (provider.entity_id.as_str(), &*peer, wanted.request);
        let accepted = self
            .accept_response(moment, &here, response, expected)
            .await?;
        Ok(accepted.map(|accepted| (provider, accepted)))
    }

    /// Consumes the assertion, with the request that it answers, and writes the token, or the refusal of a person whom no rule
    /// maps. Such a person's response is consumed too: it was judged to the end. What was refused before this point consumed
    /// nothing. Codes: `assertion.replayed`, `assertion.in_response_to`, those of [`crate::mapping::NotMapped`].
    pub(super) async fn spend_response(
        &self,
        moment: &Moment,
        federation: &Federation,
        (provider, accepted, request): (Known<IdentityProvider>, Accepted, Option<&str>),
    ) -> Answer<IssuedFederationToken> {
        let settings = &self.inner.settings;
        let until = moment.now + settings.request_lifetime + settings.skew;
        let used = Used::of(&accepted, request.map(|id| (id, until)));
        let assertion = accepted.assertion.into_inner();
        let assertion_id = assertion.id.clone();
        let identity = match providers::identity(assertion) {
            Ok(identity) => identity,
            Err(refused) => return Ok(Err(refused)),
        };
        let organization = federation.provider.organization.as_str();
        let person = self
            .asserted_person(organization, &provider, &identity)
            .await?;
        let via = format!("unscoped through {}", provider.id);
        let event = |kind: &str, detail: String| {
            Event::new(moment, kind, organization, detail).about(&assertion_id)
        };
        let replay = event("sign_on.refused", "the response was used before".to_owned());
        let (outcome, told) = match person {
            Ok(person) => {
                let told = event("token.issued", via).by(&person.name);
                let attributes = Attributes::of(&identity.attributes, &identity.name_id);
                let by = (provider.id.as_str(), SAML);
                let memory = self
                    .memory(moment, organization, by, (&person, &attributes))
                    .await?;
                let origin = Origin {
                    provider: provider.id.clone(),
                    name_id: identity.name_id.clone(),
                    session_index: identity.session_index.clone(),
                };
                let row = FederationTokenRow {
                    origin: Some(origin),
                    ..self.unscoped(moment, (&provider.id, SAML), person)
                };
                let draft = self.draft_unscoped(moment, federation, row.clone()).await?;
                ((Ok((draft, row)), memory), told)
            }
            Err(refused) => {
                let told = event("sign_on.refused", via).refused(refused.code);
                ((Err(refused), None), told)
            }
        };
        let (outcome, memory) = outcome;
        let owner = organization.to_owned();
        let write = outcome
            .as_ref()
            .ok()
            .map(|(draft, row)| (draft.hash.clone(), row.clone()));
        let written = self
            .inner
            .store
            .record(move |connection| {
                Box::pin(async move {
                    // Whatever changed it has revoked its tokens already: this one must not come after those.
                    if !identity_providers::is_still(connection, &owner, &provider).await? {
                        return Ok(Err(None));
                    }
                    if let Err(spent) = used.consume(connection, &owner).await? {
                        return Ok(Err(Some(spent)));
                    }
                    if let Some((hash, row)) = &write {
                        federation_tokens::add(connection, &owner, hash, row).await?;
                    }
                    if let Some(Memory { sign_in, bounds }) = &memory {
                        sign_in_history::remember(connection, &owner, sign_in, *bounds).await?;
                    }
                    audit::append(connection, &told).await?;
                    Ok(Ok(()))
                })
            })
            .await?;
        match written {
            Ok(()) => Ok(outcome.map(|(draft, _)| draft.issued)),
            Err(None) => Ok(Err(providers::disabled("it changes at this moment"))),
            Err(Some(spent)) => {
                let refused = spent.refused();
                self.record(replay.refused(refused.code)).await?;
                Ok(Err(refused))
            }
        }
    }

    /// The unscoped token of a person for whom a provider vouches by a protocol.
    pub(super) fn unscoped(
        &self,
        moment: &Moment,
        (provider, protocol): (&str, &str),
        person: Person,
    ) -> FederationTokenRow {
        let issued = whole_millis(moment.now);
        FederationTokenRow {
            id: token_id(moment),
            parent: None,
            account: None,
            method: Method::Mapped,
            user_id: person.id,
            user_name: person.name,
            groups: person.groups,
            provider: Some(provider.to_owned()),
            protocol: Some(protocol.to_owned()),
            origin: None,
            issued,
            expires: issued + self.inner.settings.federation_lifetime,
        }
    }

    /// The text of an unscoped token.
    pub(super) async fn draft_unscoped(
        &self,
        moment: &Moment,
        federation: &Federation,
        row: FederationTokenRow,
    ) -> Result<Draft, Unavailable> {
        let organization = &federation.provider.organization;
        let token = self.token_of(organization, row).await?;
        let token = token.expect("an unscoped token depends on no account");
        self.draft(moment, federation, (token, None)).await
    }

    /// Writes a refusal of somebody who is not signed in to the log: no row.
    pub(super) fn log_refused<T>(
        moment: &Moment,
        organization: &str,
        outcome: &Result<T, Refused>,
    ) {
        if let Err(refused) = outcome {
            Event::new(moment, "sign_on.refused", organization, &refused.detail)
                .refused(refused.code)
                .log();
        }
    }
}
