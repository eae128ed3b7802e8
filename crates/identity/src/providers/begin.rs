//! The signed request that starts a sign-on.

use super::{SEALED, bound};
use crate::entities::ServiceProvider;
use crate::error::{Answer, Refused, Unavailable};
use crate::moment::Moment;
use crate::peers::with_query;
use crate::service::Service;
use saml::bindings::redirect::{self, Kind, Order, Outgoing};
use saml::messages::AuthnRequest;
use saml::names;
use xmldsig::keys::Requests;

/// What is asked of whom.
pub(super) struct Asking<'a> {
    pub(super) provider: &'a str,
    /// What the request's ID is sealed for, and what is sealed into it.
    pub(super) purpose: &'static str,
    pub(super) plain: &'a str,
    pub(super) relay_state: Option<&'a str>,
}

impl Service {
    /// The URL at the account's identity provider that starts a sign-on: `SAMLRequest, SigAlg, Signature, RelayState`.
    /// Codes: `sso_disabled` (the account signs in locally), `account.unknown`, `idp.disabled`.
    pub async fn begin_sign_on(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        account: &str,
    ) -> Answer<String> {
        let begun = self.begin(moment, entity, account).await?;
        Ok(begun.map(|(_, url)| url))
    }

    /// ID and URL of a new request.
    pub(crate) async fn begin(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        account: &str,
    ) -> Answer<(String, String)> {
        let account = match self.account(moment, &entity.organization, account).await? {
            Ok(account) => account,
            Err(refused) => return Ok(Err(refused)),
        };
        let Some(provider) = account.provider.as_deref() else {
            return Ok(Err(Refused::new(
                "sso_disabled",
                "the account signs in with local passwords",
            )));
        };
        let plain = format!("{}\n{provider}", account.id);
        let asked = Asking {
            provider,
            purpose: SEALED,
            plain: &plain,
            relay_state: Some(&account.id),
        };
        self.ask_provider(moment, entity, asked).await
    }

    /// ID and URL of a new request to a provider.
    pub(super) async fn ask_provider(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        asking: Asking<'_>,
    ) -> Answer<(String, String)> {
        let (_, peer) = match self
            .usable_provider(moment, entity, asking.provider)
            .await?
        {
            Ok(found) => found,
            Err(refused) => return Ok(Err(refused)),
        };
        let Some(destination) = peer.single_sign_on() else {
            return Ok(Err(Refused::new(
                "idp.disabled",
                "its metadata has no SingleSignOnService by redirect",
            )));
        };
        let expires = moment.now + self.inner.settings.request_lifetime;
        let ticket = self.inner.vault.ticket(
            asking.purpose,
            &bound(entity),
            asking.plain.as_bytes(),
            expires,
            moment.bytes(),
        );
        let request = entity.request(moment, format!("_{ticket}"), Some(destination));
        let url = self
            .redirected(moment, entity, (destination, &request, asking.relay_state))
            .await?;
        Ok(Ok((request.id, url)))
    }

    /// The URL at `destination` that carries a signed request: `SAMLRequest, SigAlg, Signature, RelayState`.
    pub(crate) async fn redirected(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        (destination, request, relay_state): (&str, &AuthnRequest, Option<&str>),
    ) -> Result<String, Unavailable> {
        let xml = request.to_xml().map_err(|e| Unavailable(Box::new(e)))?;
        let key = self
            .key::<Requests>(moment, &entity.organization, &entity.door)
            .await?;
        let message = Outgoing {
            kind: Kind::Request,
            xml: &xml,
            relay_state,
        };
        let query = redirect::encode(
            message,
            &key,
            key.default_algorithm(),
            Order::RelayStateLast,
        )
        .map_err(|e| Unavailable(Box::new(e)))?;
        Ok(with_query(destination, &query))
    }
}

impl ServiceProvider {
    /// A request of ours that asks for nothing but a response at the first of our consumer URLs.
    pub(crate) fn request(
        &self,
        moment: &Moment,
        id: String,
        destination: Option<&str>,
    ) -> AuthnRequest {
        AuthnRequest {
            id,
            issue_instant: moment.now,
            issuer: self.entity_id.clone(),
            destination: destination.map(str::to_owned),
            acs_url: self.acs.first().cloned(),
            acs_index: None,
            protocol_binding: Some(names::POST.to_owned()),
            force_authn: false,
            is_passive: false,
            name_id_policy: None,
            requested_classes: Vec::new(),
        }
    }
}
