//! The protocols of an identity provider, each with the rules that it uses.

use super::{Desk, Registered, SAML, Unregistered, identifier};
use crate::audit::Event;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::identity_providers::{self, IdentityProvider};
use crate::store::protocols::{self, Protocol};

impl Service {
    /// The protocols of a provider. One that was declared with metadata has `saml`, whose rules are its own and have no name.
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
        let store = &self.inner.store;
        let mut all = store.protocols(desk.organization(), &provider.id).await?;
        if !provider.metadata.is_empty() && all.iter().all(|protocol| protocol.id != SAML) {
            all.push(Protocol {
                id: SAML.to_owned(),
                mapping: String::new(),
            });
        }
        Ok(Ok(all))
    }

    /// One protocol of a provider.
    pub async fn registered_protocol(
        &self,
        moment: &Moment,
        desk: Desk<'_>,
        (provider, id): (&str, &str),
    ) -> Registered<Protocol> {
        let all = self.registered_protocols(moment, desk, provider).await?;
        Ok(all.and_then(|all| {
            all.into_iter()
                .find(|protocol| protocol.id == id)
                .ok_or(Unregistered::Unknown("protocol"))
        }))
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
            Event::new(moment, "protocol.put", &organization, detail).by(administrator.user_name);
        let row = protocol.clone();
        let put = self.change(event, move |connection| {
            Box::pin(async move {
                protocols::put(connection, &organization, (&known.id, &row)).await?;
                Ok(Ok(()))
            })
        });
        Ok(put.await?.map(|()| protocol))
    }

    /// Removes a protocol; with `saml` goes the metadata, so that nothing of it is believed any more.
    pub async fn remove_protocol(
        &self,
        moment: &Moment,
        desk: Desk<'_>,
        (provider, id): (&str, &str),
    ) -> Registered<()> {
        let administrator = match self.administrator(moment, desk).await? {
            Ok(administrator) => administrator,
            Err(why) => return Ok(Err(why)),
        };
        let found = self
            .registered_protocol(moment, desk, (provider, id))
            .await?;
        if let Err(why) = found {
            return Ok(Err(why));
        }
        let organization = desk.organization().to_owned();
        let detail = format!("{provider} by {id}");
        let event = Event::new(moment, "protocol.removed", &organization, detail)
            .by(administrator.user_name);
        let (provider, id) = (provider.to_owned(), id.to_owned());
        let removed = self.change(event, move |connection| {
            Box::pin(async move {
                protocols::remove(connection, &organization, (&provider, &id)).await?;
                if id == SAML {
                    identity_providers::set_metadata(connection, &organization, &provider, None)
                        .await?;
                }
                Ok(Ok(()))
            })
        });
        removed.await
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
        // A declared provider has `saml` without a row of its own.
        let declared = protocol.id == SAML && !provider.metadata.is_empty();
        if replace && !there && !declared {
            return Ok(Err(Unregistered::Unknown("protocol")));
        }
        let rules = store
            .mapping(desk.organization(), &protocol.mapping)
            .await?;
        Ok(rules.map(|_| ()).ok_or(Unregistered::Unknown("mapping")))
    }
}
