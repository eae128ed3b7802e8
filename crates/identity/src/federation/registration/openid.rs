//! Who an identity provider is by OpenID Connect: its issuer, its keys, and how a console would send browsers there.

use super::protocols::one;
use super::{Desk, Registered, Unregistered};
use crate::audit::Event;
use crate::declare::{Fault, judge_openid};
use crate::federation::{OPENID, SsoType};
use crate::metadata_sources::Kind;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::metadata_sources;
use crate::store::openid_providers::{self, Console, OpenidSettings};

/// What is told of an issuer; none of a field leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenidConfig {
    /// `iss` of its tokens.
    pub issuer: Option<String>,
    /// The client that its tokens are for.
    pub client: Option<String>,
    /// Its keys: a JWK set.
    pub keys: Option<String>,
    /// What a console needs; the inner none: programs alone bring tokens.
    pub console: Option<Option<Console>>,
}

impl Service {
    /// What is registered, or declared, of the issuer.
    pub async fn registered_openid(
        &self,
        moment: &Moment,
        desk: Desk<'_>,
        provider: &str,
    ) -> Registered<OpenidSettings> {
        if let Err(why) = self.administered(moment, (desk, provider)).await? {
            return Ok(Err(why));
        }
        let store = &self.inner.store;
        let found = store.openid_provider(desk.organization(), provider).await?;
        Ok(found
            .map(|found| found.settings)
            .ok_or(Unregistered::Unknown("OpenID Connect configuration")))
    }

    /// Registers who a provider is by OpenID Connect or, with `replace`, changes it. Its protocol `oidc` must be there, so that rules
    /// say whom its tokens mean.
    pub async fn put_openid(
        &self,
        moment: &Moment,
        desk: Desk<'_>,
        (provider, told, replace): (&str, OpenidConfig, bool),
    ) -> Registered<OpenidSettings> {
        let (administrator, described) = match self.administered(moment, (desk, provider)).await? {
            Ok(found) => found,
            Err(why) => return Ok(Err(why)),
        };
        if let Err(why) = one(self.protocols_of(desk, &described).await?, OPENID) {
            return Ok(Err(why));
        }
        let store = &self.inner.store;
        let found = store.openid_provider(desk.organization(), provider).await?;
        let what = "OpenID Connect configuration";
        let old = match found {
            Some(_) if !replace => return Ok(Err(Unregistered::Exists(what))),
            None if replace => return Ok(Err(Unregistered::Unknown(what))),
            found => found.map(|found| found.settings).unwrap_or_default(),
        };
        let settings = told.over(old);
        let mut faults = judge_openid(&settings);
        if described.sso == SsoType::IamUser {
            faults.push(Fault {
                at: "sso_type".to_owned(),
                what: "is iam_user_sso: an ID token names no user of the domain".to_owned(),
            });
        }
        if !faults.is_empty() {
            return Ok(Err(Unregistered::faulty(&faults)));
        }
        let organization = desk.organization().to_owned();
        let detail = format!("{provider} is {}", settings.issuer);
        let event =
            Event::new(moment, "openid.put", &organization, detail).by(&administrator.user_name);
        let (known, row) = (provider.to_owned(), settings.clone());
        let put = self.change(event, move |connection| {
            Box::pin(async move {
                openid_providers::put(connection, &organization, (&known, &row)).await?;
                // Keys that somebody wrote here are not those of the declared address.
                let whose = (Kind::Issuer, &[known.as_str()][..], &[][..]);
                metadata_sources::retain(connection, &organization, whose).await?;
                Ok(Ok(()))
            })
        });
        Ok(put.await?.map(|()| settings))
    }
}

impl OpenidConfig {
    fn over(self, old: OpenidSettings) -> OpenidSettings {
        OpenidSettings {
            issuer: self.issuer.unwrap_or(old.issuer),
            clients: self.client.map_or(old.clients, |client| vec![client]),
            keys: self.keys.unwrap_or(old.keys),
            console: self.console.unwrap_or(old.console),
        }
    }
}
