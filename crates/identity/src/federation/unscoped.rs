//! A response that nobody asked for buys an unscoped token: sign-on that begins at the identity provider.

use super::issue::token_id;
use super::person::Person;
use super::token::{IssuedFederationToken, Method, whole_millis};
use crate::audit::Event;
use crate::digest;
use crate::entities::Federation;
use crate::error::{Answer, Refused};
use crate::guard;
use crate::moment::Moment;
use crate::providers;
use crate::service::Service;
use crate::store::federation_tokens::{self, FederationTokenRow};
use crate::store::identity_providers::IdentityProvider;
use crate::store::tokens::Origin;
use crate::store::{audit, consumed, millis};
use crate::subject::Identity;
use saml::bindings::post;
use saml::validate::response::Accepted;

impl Service {
    /// Judges a response of the identity provider with that identifier; one response buys one token. `saml_response` is
    /// form-decoded once. Codes: those of [`saml::error::Refusal`], `idp.disabled` (or unknown), `unsolicited` (the provider may
    /// not speak without having been asked), `assertion.replayed`, those of [`crate::mapping::NotMapped`].
    pub async fn redeem_unsolicited(
        &self,
        moment: &Moment,
        federation: &Federation,
        (provider, saml_response): (&str, &str),
    ) -> Answer<IssuedFederationToken> {
        let outcome = self
            .judge_unsolicited_response(moment, federation, (provider, saml_response))
            .await?;
        if let Err(refused) = &outcome {
            let organization = &federation.provider.organization;
            Event::new(moment, "sign_on.refused", organization, &refused.detail)
                .refused(refused.code)
                .log();
        }
        Ok(outcome)
    }

    async fn judge_unsolicited_response(
        &self,
        moment: &Moment,
        federation: &Federation,
        (provider, saml_response): (&str, &str),
    ) -> Answer<IssuedFederationToken> {
        let entity = &federation.provider;
        let xml = match post::decode(saml_response) {
            Ok(xml) => xml,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let (provider, peer) = match self.usable_provider(moment, entity, provider).await? {
            Ok(found) => found,
            Err(refused) => return Ok(Err(refused)),
        };
        if !provider.allow_unsolicited && guard::stands("unsolicited") {
            return Ok(Err(Refused::new(
                "unsolicited",
                "a response that nobody asked for",
            )));
        }
        // The provider that the request names, and no other: its name and its keys (security: A15).
        let expected = (provider.entity_id.as_str(), &*peer, None);
        let accepted = match self.accept_response(moment, entity, &xml, expected).await? {
            Ok(accepted) => accepted,
            Err(refused) => return Ok(Err(refused)),
        };
        self.spend_unsolicited(moment, federation, (provider, accepted))
            .await
    }

    /// Consumes the assertion and writes the token, or the refusal of a person whom no rule maps. Such a person's response is
    /// consumed too: it was judged to the end. What was refused before this point consumed nothing.
    async fn spend_unsolicited(
        &self,
        moment: &Moment,
        federation: &Federation,
        (provider, accepted): (IdentityProvider, Accepted),
    ) -> Answer<IssuedFederationToken> {
        let remember_until = millis(accepted.remember_until);
        let assertion = accepted.assertion.into_inner();
        let assertion_id = assertion.id.clone();
        let assertion_key = digest::key(&[&assertion.issuer, &assertion.id]);
        let identity = match providers::identity(assertion) {
            Ok(identity) => identity,
            Err(refused) => return Ok(Err(refused)),
        };
        let organization = federation.provider.organization.as_str();
        let person = self.person(organization, &provider, &identity).await?;
        let via = format!("unscoped through {}", provider.id);
        let event = |kind: &str, detail: String| {
            Event::new(moment, kind, organization, detail).about(&assertion_id)
        };
        let replay = event("sign_on.refused", "the response was used before".to_owned())
            .refused("assertion.replayed");
        let (outcome, told) = match person {
            Ok(person) => {
                let told = event("token.issued", via).by(&person.name);
                let row = self.unscoped(moment, (provider.id, identity), person);
                let token = self.token_of(organization, row.clone()).await?;
                let token = token.expect("an unscoped token depends on no account");
                let draft = self.draft(moment, federation, (token, None)).await?;
                (Ok((draft, row)), told)
            }
            Err(refused) => {
                let told = event("sign_on.refused", via).refused(refused.code);
                (Err(refused), told)
            }
        };
        let owner = organization.to_owned();
        let write = outcome
            .as_ref()
            .ok()
            .map(|(draft, row)| (draft.hash.clone(), row.clone()));
        let fresh = self
            .inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    let fresh = consumed::consume(
                        connection,
                        "assertion",
                        &owner,
                        &assertion_key,
                        remember_until,
                    )
                    .await?;
                    if !fresh && guard::stands("assertion.replayed") {
                        return Ok(Err(()));
                    }
                    if let Some((hash, row)) = &write {
                        federation_tokens::add(connection, &owner, hash, row).await?;
                    }
                    audit::append(connection, &told).await?;
                    Ok(Ok(()))
                })
            })
            .await?;
        if fresh.is_err() {
            self.record(replay).await?;
            return Ok(Err(Refused::new(
                "assertion.replayed",
                "the assertion was used before",
            )));
        }
        Ok(outcome.map(|(draft, _)| draft.issued))
    }

    fn unscoped(
        &self,
        moment: &Moment,
        (provider, identity): (String, Identity),
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
            origin: Some(Origin {
                provider: provider.clone(),
                name_id: identity.name_id,
                session_index: identity.session_index,
            }),
            provider: Some(provider),
            issued,
            expires: issued + self.inner.settings.federation_lifetime,
        }
    }
}
