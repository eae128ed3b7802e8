//! People whom a partner vouches for come in at a sign-in door of ours: an identity provider that the organization trusts says
//! who they are, and they get a session like anybody's.
//!
//! Such a person is known by issuer, format and value of the NameID and by nothing else (security: A6): a partner that sends the
//! name or the address of somebody who is declared here does not become them. They have no password, and no letters are
//! written to them.

use super::admission;
use super::begin::Asking;
use super::bound;
use super::used::{Used, not_our_request};
use crate::audit::Event;
use crate::browser_sign_on::{Begun, binding};
use crate::digest;
use crate::entities::{IdentityProvider, ServiceProvider};
use crate::error::{Answer, Refused, Unavailable};
use crate::guard;
use crate::login::NextStep;
use crate::moment::Moment;
use crate::service::Service;
use crate::sessions::Spent;
use crate::settled::Known;
use crate::store::users::{self, Newcomer, User};
use crate::store::{self, audit, millis};
use saml::bindings::post;
use saml::validate::response::{Accepted, Received};

/// What a request's ID is sealed for.
const SEALED: &str = "partner-request";

impl Service {
    /// The identity providers of an organization through which people may come in, by identifier.
    pub async fn partners(&self, organization: &str) -> Result<Vec<String>, Unavailable> {
        self.inner.store.enabled_providers(organization).await
    }

    /// A sign-on at a partner, in a browser. Refused with `idp.disabled`.
    pub async fn begin_at_partner(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        provider: &str,
    ) -> Answer<Begun> {
        let asking = Asking {
            provider,
            purpose: SEALED,
            plain: provider,
            relay_state: None,
        };
        let begun = self.ask_provider(moment, entity, asking).await?;
        Ok(begun.map(|(request, url)| Begun {
            url,
            binding: binding(&request),
            lifetime: self.inner.settings.request_lifetime,
        }))
    }

    /// Judges the partner's response, and opens a session at the door `at` for whoever it speaks of; `bindings` is what the
    /// browser shows. Codes: those of [`saml::error::Refusal`], `sign_on.browser`, `assertion.replayed`, `idp.disabled`,
    /// `partner.name_taken`, `login.credentials` (the person may not sign in).
    pub async fn finish_at_partner(
        &self,
        moment: &Moment,
        (entity, at): (&ServiceProvider, &IdentityProvider),
        (saml_response, bindings): (&str, &[&str]),
    ) -> Answer<NextStep> {
        let finished = self
            .judge_partner(moment, entity, (saml_response, bindings))
            .await?;
        let (user, class_ref) = match finished {
            Ok(person) => person,
            Err(refused) => {
                let detail = &refused.detail;
                Event::new(moment, "sign_on.refused", &entity.organization, detail)
                    .refused(refused.code)
                    .log();
                return Ok(Err(refused));
            }
        };
        let opened = self
            .open_session(moment, at, &user, (&class_ref, Spent::default()))
            .await?;
        Ok(opened
            .map(|(cookie, session)| NextStep::SignedIn { cookie, session })
            .map_err(|_| Refused::new("assertion.replayed", "nothing was left to use up")))
    }

    async fn judge_partner(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        (saml_response, bindings): (&str, &[&str]),
    ) -> Answer<(User, String)> {
        let xml = match post::decode(saml_response) {
            Ok(xml) => xml,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let response = Received::read(&xml);
        let claimed = match response.claimed() {
            Ok(claimed) => claimed,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let Some(request) = claimed.in_response_to else {
            return Ok(Err(Refused::new(
                "unsolicited",
                "a response that nobody asked for",
            )));
        };
        // The claim is judged later; one that names another request than it answers is refused there.
        if !bindings.contains(&binding(&request).as_str()) && guard::stands("sign_on.browser") {
            let detail = "the sign-on did not begin in this browser";
            return Ok(Err(Refused::new("sign_on.browser", detail)));
        }
        let ticket = request.strip_prefix('_').unwrap_or_default();
        let opened = self
            .inner
            .vault
            .open_ticket(SEALED, &bound(entity), ticket, moment.now);
        let Some(id) = opened.and_then(|plain| String::from_utf8(plain).ok()) else {
            return Ok(Err(not_our_request("a live request of ours", &request)));
        };
        let provider = self
            .inner
            .store
            .identity_provider(&entity.organization, &id)
            .await?;
        let Some(provider) = provider else {
            let detail = "the identity provider was removed";
            return Ok(Err(Refused::new("idp.disabled", detail)));
        };
        let provider = Known::from(provider);
        let answered = (&provider, Some(request.as_str()));
        match self.accept(moment, entity, (&response, answered)).await? {
            Ok(accepted) => {
                self.welcome(moment, entity, (&provider, &request, accepted))
                    .await
            }
            Err(refused) => Ok(Err(refused)),
        }
    }

    /// Consumes the assertion and its request, and writes down whoever it speaks of.
    async fn welcome(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        (provider, request, accepted): (
            &store::identity_providers::IdentityProvider,
            &str,
            Accepted,
        ),
    ) -> Answer<(User, String)> {
        let settings = &self.inner.settings;
        let until = moment.now + settings.request_lifetime + settings.skew;
        let used = Used::of(&accepted, Some((request, until)));
        let assertion = accepted.assertion.into_inner();
        let about = assertion.id.clone();
        let identity = match admission::identity(assertion) {
            Ok(identity) => identity,
            Err(refused) => return Ok(Err(refused)),
        };
        let name = admission::user_name(&identity, provider);
        if name.is_empty() || name.chars().any(char::is_control) {
            let detail = "the user name is empty or has a control character";
            return Ok(Err(Refused::new("assertion.attributes", detail)));
        }
        let format = identity.name_id.format.as_deref().unwrap_or_default();
        let parts = ["partner", &identity.issuer, format, &identity.name_id.value];
        let newcomer = Newcomer {
            id: digest::uuid(&parts).to_string(),
            guid: moment.uuid(),
            name,
            full_name: admission::full_name(&identity),
            // Which groups a partner may put people into is for whoever declares the attribute to say.
            groups: match provider.groups_attribute {
                Some(_) => admission::groups(&identity, provider),
                None => Vec::new(),
            },
            provider: provider.id.clone(),
        };
        let detail = format!("vouched for by {}", provider.id);
        let event = Event::new(moment, "partner.vouched", &entity.organization, detail)
            .by(&newcomer.name)
            .about(about);
        let (organization, now) = (entity.organization.clone(), millis(moment.now));
        let written = self
            .inner
            .store
            .write(move |connection| {
                Box::pin(async move {
                    if let Err(spent) = used.consume(connection, &organization).await? {
                        return Ok(Err(spent.refused()));
                    }
                    let Some(user) =
                        users::welcome(connection, &organization, &newcomer, now).await?
                    else {
                        let detail = "somebody else has that user name here";
                        return Ok(Err(Refused::new("partner.name_taken", detail)));
                    };
                    audit::append(connection, &event).await?;
                    Ok(Ok(user))
                })
            })
            .await?;
        let user = match written {
            Ok(user) => user,
            Err(refused) => return Ok(Err(refused)),
        };
        if user.disabled_at.is_some() {
            let detail = "the person may not sign in";
            return Ok(Err(Refused::new("login.credentials", detail)));
        }
        Ok(Ok((user, identity.class_ref)))
    }
}
