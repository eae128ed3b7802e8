//! The protocols of an identity provider, each with the rules that it uses.

use super::{Desk, Registered, SAML, Unregistered, identifier};
use crate::audit::Event;
use crate::error::Unavailable;
use crate::federation::OPENID;
use crate::metadata_sources::Kind;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::identity_providers::{self, IdentityProvider};
use crate::store::protocols::{self, Protocol};
use crate::store::{Connection, metadata_sources, openid_providers};

impl Service {
    /// The protocols of a provider. One that was declared with metadata has `saml`, one with an issuer `oidc`; their rules are its
    /// own and have no name.
    pub async fn registered_protocols(
        &self,
        moment: &Moment,
        desk: Desk<'_>,
        provider: &str,
    ) -> Registered<Vec<Protocol>> {
        let provider = match self.administered(moment, (desk, provider)).await? {
            Ok((_, provider)) => provider,
            Err(why) => return Ok(Err(why)),
        };
        Ok(Ok(self.protocols_of(desk, &provider).await?))
    }

    /// One protocol of a provider.
    pub async fn registered_protocol(
        &self,
        moment: &Moment,
        desk: Desk<'_>,
        (provider, id): (&str, &str),
    ) -> Registered<Protocol> {
        let all = self.registered_protocols(moment, desk, provider).await?;
        Ok(all.and_then(|all| one(all, id)))
    }

    /// Adds a protocol that uses the rules of that name, or, with `replace`, lets one that there is use them.
    pub async fn put_protocol(
        &self,
        moment: &Moment,
        desk: Desk<'_>,
        (provider, protocol, replace): (&str, Protocol, bool),
    ) -> Registered<Protocol> {
        let (administrator, known) = match self.administered(moment, (desk, provider)).await? {
            Ok(found) => found,
            Err(why) => return Ok(Err(why)),
        };
        if let Err(why) = identifier(&protocol.id) {
            return Ok(Err(why));
        }
        if let Err(why) = self.judge_use(desk, (&known, &protocol), replace).await? {
            return Ok(Err(why));
        }
        let organization = desk.organization().to_owned();
        let detail = format!("{provider} by {} with {}", protocol.id, protocol.mapping);
        let event =
            Event::new(moment, "protocol.put", &organization, detail).by(&administrator.user_name);
        let row = protocol.clone();
        let put = self.change(event, move |connection| {
            Box::pin(async move {
                protocols::put(connection, &organization, (&known.id, &row)).await?;
                Ok(Ok(()))
            })
        });
        Ok(put.await?.map(|()| protocol))
    }

    /// Removes a protocol; with `saml` goes the metadata, with `oidc` the issuer, so that nothing of it is believed any more.
    pub async fn remove_protocol(
        &self,
        moment: &Moment,
        desk: Desk<'_>,
        (provider, id): (&str, &str),
    ) -> Registered<()> {
        let (administrator, known) = match self.administered(moment, (desk, provider)).await? {
            Ok(found) => found,
            Err(why) => return Ok(Err(why)),
        };
        if let Err(why) = one(self.protocols_of(desk, &known).await?, id) {
            return Ok(Err(why));
        }
        let organization = desk.organization().to_owned();
        let detail = format!("{provider} by {id}");
        let event = Event::new(moment, "protocol.removed", &organization, detail)
            .by(&administrator.user_name);
        let (provider, id) = (provider.to_owned(), id.to_owned());
        let removed = self.change(event, move |connection| {
            Box::pin(async move {
                protocols::remove(connection, &organization, (&provider, &id)).await?;
                forget(connection, &organization, (&provider, &id)).await?;
                Ok(Ok(()))
            })
        });
        removed.await
    }

    /// The protocols of a provider, for whom was found to be an administrator before.
    pub(super) async fn protocols_of(
        &self,
        desk: Desk<'_>,
        provider: &IdentityProvider,
    ) -> Result<Vec<Protocol>, Unavailable> {
        let store = &self.inner.store;
        let mut all = store.protocols(desk.organization(), &provider.id).await?;
        for declared in self.declared_protocols(desk, provider).await? {
            if all.iter().all(|protocol| protocol.id != declared) {
                all.push(Protocol {
                    id: declared.to_owned(),
                    mapping: String::new(),
                });
            }
        }
        Ok(all)
    }

    /// The protocols that a provider has by what it is, whether or not rules were named for them.
    async fn declared_protocols(
        &self,
        desk: Desk<'_>,
        provider: &IdentityProvider,
    ) -> Result<Vec<&'static str>, Unavailable> {
        let store = &self.inner.store;
        let openid = store.openid_provider(desk.organization(), &provider.id);
        let openid = openid.await?.map(|_| OPENID);
        let saml = (!provider.metadata.is_empty()).then_some(SAML);
        Ok(saml.into_iter().chain(openid).collect())
    }

    async fn judge_use(
        &self,
        desk: Desk<'_>,
        (provider, protocol): (&IdentityProvider, &Protocol),
        replace: bool,
    ) -> Registered<()> {
        let store = &self.inner.store;
        let all = store.protocols(desk.organization(), &provider.id).await?;
        let there = all.iter().any(|known| known.id == protocol.id);
        if there && !replace {
            return Ok(Err(Unregistered::Exists("protocol")));
        }
        // A declared provider has its protocols without rows of their own.
        let declared = self.declared_protocols(desk, provider).await?;
        if replace && !there && !declared.contains(&protocol.id.as_str()) {
            return Ok(Err(Unregistered::Unknown("protocol")));
        }
        let rules = store
            .mapping(desk.organization(), &protocol.mapping)
            .await?;
        Ok(rules.map(|_| ()).ok_or(Unregistered::Unknown("mapping")))
    }
}

/// The one of that name.
pub(super) fn one(all: Vec<Protocol>, id: &str) -> Result<Protocol, Unregistered> {
    let mut all = all.into_iter();
    let found = all.find(|protocol| protocol.id == id);
    found.ok_or(Unregistered::Unknown("protocol"))
}

/// Takes away what makes a provider believed by that protocol.
async fn forget(
    connection: &mut Connection,
    organization: &str,
    (provider, protocol): (&str, &str),
) -> Result<(), sqlx::Error> {
    let (kind, whose) = match protocol {
        SAML => (Kind::IdentityProvider, [provider]),
        OPENID => (Kind::Issuer, [provider]),
        _ => return Ok(()),
    };
    metadata_sources::retain(connection, organization, (kind, &whose, &[])).await?;
    if protocol == SAML {
        identity_providers::set_metadata(connection, organization, provider, None).await
    } else {
        openid_providers::remove(connection, organization, provider).await
    }
}
