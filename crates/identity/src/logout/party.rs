//! The relying parties of a single logout: who they are, how they sign, and how we sign for them.

use crate::entities::IdentityProvider;
use crate::error::Unavailable;
use crate::moment::Moment;
use crate::peers::Peer;
use crate::service::Service;
use crate::settled::Known;
use crate::store::applications::Application;
use saml::validate::logout::Expectations;
use std::borrow::Cow;
use std::sync::Arc;
use xmldsig::algorithms::SignatureAlgorithm;
use xmldsig::keys::VerifyingKey;

type LogoutKey = xmldsig::keys::SigningKey<xmldsig::keys::Logout>;

/// A relying party that takes part in a session.
pub(super) struct Party {
    pub(super) application: Arc<Known<Application>>,
    pub(super) peer: Arc<Peer>,
}

impl Party {
    /// Its keys, of which SHA-1 is believed as it is set for the party.
    pub(super) fn keys(&self) -> Cow<'_, [VerifyingKey]> {
        let reply = &self.application.reply;
        reply.believed(&self.peer.service_provider_keys)
    }
}

impl Service {
    /// The key that signs for a relying party, and how.
    pub(super) async fn logout_key(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        party: &Party,
    ) -> Result<(Arc<LogoutKey>, SignatureAlgorithm), Unavailable> {
        let reply = &party.application.reply;
        let holder = reply.holder(entity, &party.application.id);
        let ring = self.ring::<LogoutKey>(moment, &holder).await?;
        let key = ring.current(moment.now);
        let algorithm = reply.method(&key).signature;
        Ok((key, algorithm))
    }

    /// A relying party by its entity ID.
    pub(super) async fn participant_peer(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        entity_id: &str,
    ) -> Result<Option<Party>, Unavailable> {
        let found = self.relying_party(moment, entity, entity_id).await?.ok();
        // By entity ID only: an application's id is a name for operators, not for messages.
        Ok(found
            .filter(|(_, peer)| peer.descriptor.entity_id == entity_id)
            .map(|(application, peer)| Party { application, peer }))
    }

    /// What is expected of its messages.
    pub(super) fn expected<'a>(
        &self,
        party: &'a Party,
        (keys, destinations): (&'a [VerifyingKey], &'a [&'a str]),
    ) -> Expectations<'a> {
        Expectations {
            issuer: &party.peer.descriptor.entity_id,
            keys,
            default_algorithm: Some(party.application.reply.default_algorithm()),
            destinations,
            skew: self.inner.settings.skew,
        }
    }
}
