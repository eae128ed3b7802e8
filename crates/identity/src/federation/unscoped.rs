//! A response that nobody asked for buys an unscoped token: sign-on that begins at the identity provider.

use super::judged::Wanted;
use super::token::IssuedFederationToken;
use crate::entities::Federation;
use crate::error::Answer;
use crate::moment::Moment;
use crate::service::Service;
use saml::bindings::post;
use saml::validate::response::Received;

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
        Self::log_refused(moment, &federation.provider.organization, &outcome);
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
        let wanted = Wanted {
            provider,
            consumers: &entity.acs,
            request: None,
        };
        match self
            .judge_response(moment, entity, (&Received::read(&xml), &wanted))
            .await?
        {
            Ok((provider, accepted)) => {
                self.spend_response(moment, federation, (provider, accepted, None))
                    .await
            }
            Err(refused) => Ok(Err(refused)),
        }
    }
}
