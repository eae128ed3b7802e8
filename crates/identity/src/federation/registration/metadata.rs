//! SAML metadata of an identity provider: who it is, and with which keys it signs.

use super::{Desk, Registered, SAML, Unregistered};
use crate::audit::Event;
use crate::declare::{Fault, judge_import};
use crate::moment::Moment;
use crate::service::Service;
use crate::store::identity_providers::{self, IdentityProvider};
use crate::store::millis;

/// Bytes of a document at most: as the cloud's console takes them.
const LONGEST: usize = 500 * 1024;

/// Metadata that is to be imported.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The document.
    pub metadata: String,
    /// The domain that the administrator named.
    pub domain: String,
}

impl Service {
    /// Gives a provider the metadata by which it is believed from now on. Its protocol must be there.
    pub async fn import_metadata(
        &self,
        moment: &Moment,
        desk: Desk<'_>,
        (provider, protocol, imported): (&str, &str, Imported),
    ) -> Registered<()> {
        let organization = desk.organization().to_owned();
        let administrator = match self.administrator(moment, desk).await? {
            Ok(administrator) => administrator,
            Err(why) => return Ok(Err(why)),
        };
        let found = self
            .registered_protocol(moment, desk, (provider, protocol))
            .await?;
        if let Err(why) = found {
            return Ok(Err(why));
        }
        if protocol != SAML {
            return Ok(Err(Unregistered::Unknown("protocol with metadata")));
        }
        if imported.domain != organization {
            let what = "domain_id: is another domain".to_owned();
            return Ok(Err(Unregistered::Faulty(what)));
        }
        let xml = imported.metadata;
        if xml.len() > LONGEST {
            return Ok(Err(Unregistered::faulty(&[Fault {
                at: "metadata".to_owned(),
                what: "is longer than 500 KB".to_owned(),
            }])));
        }
        let place = (organization.as_str(), provider, xml.as_str());
        let entity_id = match judge_import(self, moment, place).await? {
            Ok(entity_id) => entity_id,
            Err(faults) => return Ok(Err(Unregistered::faulty(&faults))),
        };
        let detail = format!("{provider} is {entity_id}");
        let event = Event::new(moment, "metadata.imported", &organization, detail)
            .by(&administrator.user_name);
        let (provider, now) = (provider.to_owned(), millis(moment.now));
        let written = self.change(event, move |connection| {
            Box::pin(async move {
                let metadata = Some((entity_id.as_str(), xml.as_str(), now));
                identity_providers::set_metadata(connection, &organization, &provider, metadata)
                    .await?;
                Ok(Ok(()))
            })
        });
        written.await
    }

    /// The provider with its metadata.
    pub async fn imported_metadata(
        &self,
        moment: &Moment,
        desk: Desk<'_>,
        (provider, protocol): (&str, &str),
    ) -> Registered<IdentityProvider> {
        let found = self
            .registered_protocol(moment, desk, (provider, protocol))
            .await?;
        if let Err(why) = found {
            return Ok(Err(why));
        }
        let found = self.registered_provider(moment, desk, provider).await?;
        Ok(found.and_then(|provider| {
            if provider.metadata.is_empty() || protocol != SAML {
                return Err(Unregistered::Unknown("metadata"));
            }
            Ok(provider)
        }))
    }
}
