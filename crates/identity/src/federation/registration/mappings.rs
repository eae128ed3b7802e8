//! Rules with a name of their own. Those that cannot be compiled are refused with their position.

use super::{Desk, Registered, Unregistered, identifier};
use crate::audit::Event;
use crate::mapping::Mapping;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::mappings::{self, NamedMapping};

impl Service {
    /// All rules of the domain.
    pub async fn registered_mappings(
        &self,
        moment: &Moment,
        desk: Desk<'_>,
    ) -> Registered<Vec<NamedMapping>> {
        if let Err(why) = self.administrator(moment, desk).await? {
            return Ok(Err(why));
        }
        Ok(Ok(self.inner.store.mappings(desk.organization()).await?))
    }

    /// The rules of that name.
    pub async fn registered_mapping(
        &self,
        moment: &Moment,
        desk: Desk<'_>,
        id: &str,
    ) -> Registered<NamedMapping> {
        if let Err(why) = self.administrator(moment, desk).await? {
            return Ok(Err(why));
        }
        let found = self.inner.store.mapping(desk.organization(), id).await?;
        Ok(found.ok_or(Unregistered::Unknown("mapping")))
    }

    /// Adds rules, or, with `replace`, replaces those of that name wherever they are used.
    pub async fn put_mapping(
        &self,
        moment: &Moment,
        desk: Desk<'_>,
        (mapping, replace): (NamedMapping, bool),
    ) -> Registered<NamedMapping> {
        let administrator = match self.administrator(moment, desk).await? {
            Ok(administrator) => administrator,
            Err(why) => return Ok(Err(why)),
        };
        let organization = desk.organization().to_owned();
        let store = &self.inner.store;
        let there = store.mapping(&organization, &mapping.id).await?.is_some();
        if there != replace {
            let why = if there {
                Unregistered::Exists("mapping")
            } else {
                Unregistered::Unknown("mapping")
            };
            return Ok(Err(why));
        }
        let compiled = Mapping::read(&mapping.rules, mapping.dialect);
        let judged = identifier(&mapping.id)
            .and_then(|()| compiled.map_err(|fault| Unregistered::Faulty(fault.to_string())));
        if let Err(why) = judged {
            return Ok(Err(why));
        }
        let event = Event::new(moment, "mapping.put", &organization, &mapping.id)
            .by(&administrator.user_name);
        let row = mapping.clone();
        let put = self.change(event, move |connection| {
            Box::pin(async move {
                mappings::put(connection, &organization, &row).await?;
                Ok(Ok(()))
            })
        });
        Ok(put.await?.map(|()| mapping))
    }

    /// Removes rules that no protocol uses.
    pub async fn remove_mapping(
        &self,
        moment: &Moment,
        desk: Desk<'_>,
        id: &str,
    ) -> Registered<()> {
        let administrator = match self.administrator(moment, desk).await? {
            Ok(administrator) => administrator,
            Err(why) => return Ok(Err(why)),
        };
        if let Err(why) = self.registered_mapping(moment, desk, id).await? {
            return Ok(Err(why));
        }
        let (organization, known) = (desk.organization().to_owned(), id.to_owned());
        let event =
            Event::new(moment, "mapping.removed", &organization, id).by(&administrator.user_name);
        let removed = self.change(event, move |connection| {
            Box::pin(async move {
                if !mappings::remove(connection, &organization, &known).await? {
                    return Ok(Err(Unregistered::InUse("mapping")));
                }
                Ok(Ok(()))
            })
        });
        removed.await
    }
}
