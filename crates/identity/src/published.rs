//! Our own metadata: who we are at a door, where, and with which keys. Every key that still counts stands in it, the one in
//! use first, so that partners meet a new key before it signs.

use crate::entities::{IdentityProvider, ServiceProvider};
use crate::error::Unavailable;
use crate::keys::{Holder, Parsed, Ring};
use crate::moment::Moment;
use crate::service::Service;
use saml::metadata::{Endpoint, EntityDescriptor, Role};
use saml::names;
use std::sync::Arc;
use xmldsig::encrypt::DecryptionKey;
use xmldsig::keys::{Assertions, Logout, Metadata, Requests, SigningKey};

impl Service {
    /// Makes sure that the keys of a service provider exist.
    pub async fn ensure_service_provider(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
    ) -> Result<(), Unavailable> {
        let holder = holder_of(entity);
        self.ring::<SigningKey<Requests>>(moment, &holder).await?;
        self.ring::<SigningKey<Metadata>>(moment, &holder).await?;
        self.decryption_keys(moment, entity).await?;
        Ok(())
    }

    /// Makes sure that the keys of an identity provider exist.
    pub async fn ensure_identity_provider(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
    ) -> Result<(), Unavailable> {
        let holder = Holder::door(&entity.organization, &entity.door);
        self.ring::<SigningKey<Assertions>>(moment, &holder).await?;
        self.ring::<SigningKey<Logout>>(moment, &holder).await?;
        self.ring::<SigningKey<Metadata>>(moment, &holder).await?;
        Ok(())
    }

    /// Our metadata as a service provider, signed.
    pub async fn service_provider_metadata(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
    ) -> Result<String, Unavailable> {
        let descriptor = self.service_provider_descriptor(moment, entity).await?;
        self.signed(moment, &holder_of(entity), &descriptor).await
    }

    /// The same without its signature, for whoever cannot read one.
    pub async fn unsigned_service_provider_metadata(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
    ) -> Result<String, Unavailable> {
        let descriptor = self.service_provider_descriptor(moment, entity).await?;
        descriptor
            .to_xml(&moment.message_id(), None)
            .map_err(|e| Unavailable(Box::new(e)))
    }

    async fn service_provider_descriptor(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
    ) -> Result<EntityDescriptor, Unavailable> {
        let holder = holder_of(entity);
        let requests = self
            .publishable::<SigningKey<Requests>>(moment, &holder)
            .await?;
        let mut encryption = Vec::new();
        if entity.takes_encrypted {
            let ring = self.publishable::<DecryptionKey>(moment, &holder).await?;
            // Only the newest: nobody shall begin to encrypt to one that retires.
            encryption.push(ring.newest_certificate().to_vec());
        }
        let posted = entity.acs.first().map(|url| (names::POST, url));
        let carried = entity.paos.first().map(|url| (names::PAOS, url));
        let assertion_consumer = posted.into_iter().chain(carried).zip(0..);
        let assertion_consumer = assertion_consumer.map(|((binding, url), index)| Endpoint {
            index: Some(index),
            is_default: index == 0,
            ..endpoint(binding, url)
        });
        let role = Role {
            signing: requests.certificates(moment.now),
            encryption,
            single_logout: logout_endpoints(&entity.slo),
            assertion_consumer: assertion_consumer.collect(),
            requests_signed: true,
            want_assertions_signed: true,
            ..Role::default()
        };
        Ok(EntityDescriptor {
            entity_id: entity.entity_id.clone(),
            service_provider: Some(role),
            ..EntityDescriptor::default()
        })
    }

    /// Our metadata as an identity provider, signed.
    pub async fn identity_provider_metadata(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
    ) -> Result<String, Unavailable> {
        let door = Holder::door(&entity.organization, &entity.door);
        self.metadata_with_keys_of(moment, entity, (&door, false))
            .await
    }

    /// Our metadata as an identity provider whose messages are signed with the keys of `holder`. The document itself is signed
    /// by the door.
    pub(crate) async fn metadata_with_keys_of(
        &self,
        moment: &Moment,
        entity: &IdentityProvider,
        (holder, requests_signed): (&Holder, bool),
    ) -> Result<String, Unavailable> {
        let assertions = self
            .publishable::<SigningKey<Assertions>>(moment, holder)
            .await?;
        let logout = self
            .publishable::<SigningKey<Logout>>(moment, holder)
            .await?;
        let mut signing = assertions.certificates(moment.now);
        for certificate in logout.certificates(moment.now) {
            // An imported pair serves both purposes.
            if !signing.contains(&certificate) {
                signing.push(certificate);
            }
        }
        let single_sign_on = entity
            .sso
            .iter()
            .take(1)
            .flat_map(|url| [endpoint(names::REDIRECT, url), endpoint(names::POST, url)]);
        let by_soap = entity.soap.iter().take(1);
        let single_sign_on = single_sign_on.chain(by_soap.map(|url| endpoint(names::SOAP, url)));
        let role = Role {
            signing,
            single_sign_on: single_sign_on.collect(),
            single_logout: logout_endpoints(&entity.slo),
            requests_signed,
            ..Role::default()
        };
        let descriptor = EntityDescriptor {
            entity_id: entity.entity_id.clone(),
            identity_provider: Some(role),
            ..EntityDescriptor::default()
        };
        let door = Holder::door(&entity.organization, &entity.door);
        self.signed(moment, &door, &descriptor).await
    }

    /// Our keys for assertions that are encrypted to us: the current one and those that partners may still use.
    pub async fn decryption_keys(
        &self,
        moment: &Moment,
        entity: &ServiceProvider,
    ) -> Result<Vec<DecryptionKey>, Unavailable> {
        if !entity.takes_encrypted {
            return Ok(Vec::new());
        }
        let ring = self
            .ring::<DecryptionKey>(moment, &holder_of(entity))
            .await?;
        Ok(ring.all(moment.now).map(|key| (**key).clone()).collect())
    }

    /// A ring to publish, as it was last known while the store is away.
    async fn publishable<K: Parsed>(
        &self,
        moment: &Moment,
        holder: &Holder,
    ) -> Result<Arc<Ring<K>>, Unavailable> {
        match self.ring(moment, holder).await {
            Ok(ring) => Ok(ring),
            Err(unavailable) => self.inner.keys.last_known(holder).ok_or(unavailable),
        }
    }

    async fn signed(
        &self,
        moment: &Moment,
        holder: &Holder,
        descriptor: &EntityDescriptor,
    ) -> Result<String, Unavailable> {
        let ring = self
            .publishable::<SigningKey<Metadata>>(moment, holder)
            .await?;
        descriptor
            .to_xml(&moment.message_id(), Some(&ring.current(moment.now)))
            .map_err(|e| Unavailable(Box::new(e)))
    }
}

fn holder_of(entity: &ServiceProvider) -> Holder {
    Holder::door(&entity.organization, &entity.door)
}

fn logout_endpoints(urls: &[String]) -> Vec<Endpoint> {
    urls.iter()
        .take(1)
        .map(|url| endpoint(names::REDIRECT, url))
        .collect()
}

fn endpoint(binding: &str, url: &str) -> Endpoint {
    Endpoint {
        binding: binding.to_owned(),
        location: url.to_owned(),
        response_location: None,
        index: None,
        is_default: false,
    }
}
