//! A response judged for one of our service providers, its assertion plain or encrypted to us.

use crate::entities::ServiceProvider;
use crate::error::{Answer, Refused};
use crate::moment::Moment;
use crate::peers::Peer;
use crate::service::Service;
use saml::validate::response::{Accepted, Expectations, Received};

impl Service {
    /// Judges a response of `issuer`, whose metadata is `peer`, that must answer `in_response_to`, or nothing. Codes: those of
    /// [`saml::error::Refusal`]; doors show one for whatever signature or decryption failed (security: X13).
    pub(crate) async fn accept_response(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        response: &Received<'_>,
        (issuer, peer, in_response_to): (&str, &Peer, Option<&str>),
    ) -> Answer<Accepted> {
        let acs: Vec<&str> = entity.acs.iter().map(String::as_str).collect();
        let decryption = self.decryption_keys(moment, entity).await?;
        let expectations = Expectations {
            issuer,
            keys: &peer.identity_provider_keys,
            audience: &entity.entity_id,
            acs: &acs,
            in_response_to,
            decryption: &decryption,
            skew: self.inner.settings.skew,
        };
        Ok(response
            .accept(&expectations, moment.now)
            .map_err(Refused::from))
    }
}
