//! A response judged for one of our service providers, its assertion plain or encrypted to us.

use crate::entities::ServiceProvider;
use crate::error::{Answer, Refused};
use crate::moment::Moment;
use crate::peers::Peer;
use crate::service::Service;
use saml::error::Refusal;
use saml::validate::response::{self, Accepted, Expectations};

impl Service {
    /// Judges a response of `issuer`, whose metadata is `peer`, that must answer `in_response_to`, or nothing. Codes: those of
    /// [`Refusal`].
    pub(crate) async fn accept_response(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
        xml: &[u8],
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
        let judged = response::accept(xml, &expectations, moment.now);
        Ok(judged.map_err(|refusal| faced(refusal, xml)))
    }
}

/// Whoever sends encrypted assertions is told the same whether decryption or a signature failed, so that nobody learns from
/// our answers what is inside (security: X13). The operator reads which it was.
fn faced(refusal: Refusal, xml: &[u8]) -> Refused {
    let is_signature = matches!(refusal, Refusal::Signature(_));
    let refused = Refused::from(refusal);
    if is_signature && response::claimed(xml).is_ok_and(|claimed| claimed.is_encrypted) {
        return Refused {
            code: Refusal::Encrypted.code(),
            ..refused
        };
    }
    refused
}
