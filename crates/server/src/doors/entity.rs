//! The SAML entity that a door is, as configuration describes it: for the door itself, and for whoever introduces doors to each other.

use crate::config::{Door, Kind};
use crate::doors::{adfs, entra, horacius, huawei, pingfederate, shibboleth, storagegrid};
use identity::entities::{IdentityProvider, ServiceProvider};
use identity::{Moment, Service, Unavailable};

/// A SAML entity of ours.
#[derive(Debug, Clone)]
pub enum Entity {
    /// It consumes what others vouch for.
    ServiceProvider(ServiceProvider),
    /// It vouches.
    IdentityProvider(IdentityProvider),
}

impl Entity {
    /// The entity of that door, if it is one.
    pub fn of(door: &Door) -> Option<Self> {
        Some(match door.kind {
            Kind::StorageGrid => Self::ServiceProvider(storagegrid::Door::new(door).entity),
            Kind::Huawei => Self::ServiceProvider(huawei::Door::new(door).federation.provider),
            Kind::Shibboleth => Self::IdentityProvider(shibboleth::entity(door)),
            Kind::Horacius => Self::IdentityProvider(horacius::entity(door)),
            Kind::AdFs => Self::IdentityProvider(adfs::entity(door)),
            Kind::PingFederate => Self::IdentityProvider(pingfederate::entity(door)),
            Kind::Entra => Self::IdentityProvider(entra::entity(door)),
            Kind::Cess | Kind::Psc => return None,
        })
    }

    /// What the door is besides: a HORACIUS door takes in the people of the identity providers that its organization trusts.
    pub fn partner_of(door: &Door) -> Option<Self> {
        (door.kind == Kind::Horacius).then(|| Self::ServiceProvider(horacius::partner(door)))
    }

    /// Makes sure that its keys exist.
    pub async fn ensure(&self, service: &Service, moment: &Moment) -> Result<(), Unavailable> {
        match self {
            Self::ServiceProvider(entity) => service.ensure_service_provider(moment, entity).await,
            Self::IdentityProvider(entity) => {
                service.ensure_identity_provider(moment, entity).await
            }
        }
    }

    /// Its metadata, signed.
    pub async fn metadata(
        &self,
        service: &Service,
        moment: &Moment,
    ) -> Result<String, Unavailable> {
        match self {
            Self::ServiceProvider(entity) => {
                service.service_provider_metadata(moment, entity).await
            }
            Self::IdentityProvider(entity) => {
                service.identity_provider_metadata(moment, entity).await
            }
        }
    }
}
