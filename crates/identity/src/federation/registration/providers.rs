//! Identity providers: added without metadata, described, switched off, removed.

use super::{Desk, Registered, Unregistered, identifier};
use crate::audit::Event;
use crate::metadata_sources::Kind;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::identity_providers::{self, IdentityProvider};
use crate::store::{federation_tokens, metadata_sources, millis, openid_providers};

/// Whom the people of an identity provider become.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
pub enum SsoType {
    /// People whom the provider describes and the domain does not keep.
    #[default]
    #[serde(rename = "virtual_user_sso")]
    VirtualUser,
    /// Users whom the domain keeps itself.
    #[serde(rename = "iam_user_sso")]
    IamUser,
}

impl SsoType {
    /// As documents and the store call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::VirtualUser => "virtual_user_sso",
            Self::IamUser => "iam_user_sso",
        }
    }

    /// By its name.
    pub fn of(name: &str) -> Option<Self> {
        [Self::VirtualUser, Self::IamUser]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// What is told of an identity provider; none of a field leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Description {
    /// Whom its people become; fixed when it is added.
    pub sso: Option<SsoType>,
    /// What it is, for people.
    pub description: Option<String>,
    /// Whether it may be used; a new one may not unless told so.
    pub enabled: Option<bool>,
}

/// Bytes of a description at most.
const LONGEST: usize = 255;

impl Service {
    /// Every identity provider of the domain. Codes: those of [`Unregistered`].
    pub async fn registered_providers(
        &self,
        moment: &Moment,
        desk: Desk<'_>,
    ) -> Registered<Vec<IdentityProvider>> {
        if let Err(why) = self.administrator(moment, desk).await? {
            return Ok(Err(why));
        }
        let all = self.inner.store.identity_providers(desk.organization());
        Ok(Ok(all.await?))
    }

    /// One identity provider.
    pub async fn registered_provider(
        &self,
        moment: &Moment,
        desk: Desk<'_>,
        id: &str,
    ) -> Registered<IdentityProvider> {
        let found = self.administered(moment, (desk, id)).await?;
        Ok(found.map(|(_, provider)| provider))
    }

    /// Adds one. It vouches for nobody until its metadata is imported.
    pub async fn add_provider(
        &self,
        moment: &Moment,
        desk: Desk<'_>,
        (id, told): (&str, Description),
    ) -> Registered<IdentityProvider> {
        let administrator = match self.administrator(moment, desk).await? {
            Ok(administrator) => administrator,
            Err(why) => return Ok(Err(why)),
        };
        if let Err(why) = identifier(id).and(judge(&told)) {
            return Ok(Err(why));
        }
        let (organization, new) = (desk.organization().to_owned(), id.to_owned());
        let event = Event::new(moment, "identity_provider.added", &organization, id)
            .by(&administrator.user_name);
        let added = self.change(event, move |connection| {
            Box::pin(async move {
                let description = told.description.as_deref();
                let row = (
                    new.as_str(),
                    told.sso.unwrap_or_default(),
                    description,
                    told.enabled.unwrap_or(false),
                );
                identity_providers::add(connection, &organization, row).await?;
                Ok(Ok(()))
            })
        });
        match added.await? {
            Ok(()) => self.known_provider(desk, id).await,
            Err(why) => Ok(Err(why)),
        }
    }

    /// Describes one anew. Who is switched off vouches for nobody, and what it vouched for ends.
    pub async fn describe_provider(
        &self,
        moment: &Moment,
        desk: Desk<'_>,
        (id, told): (&str, Description),
    ) -> Registered<IdentityProvider> {
        let (administrator, old) = match self.administered(moment, (desk, id)).await? {
            Ok(found) => found,
            Err(why) => return Ok(Err(why)),
        };
        if let Err(why) = judge(&told) {
            return Ok(Err(why));
        }
        if told.sso.is_some_and(|sso| sso != old.sso) {
            let what = "sso_type: cannot be changed".to_owned();
            return Ok(Err(Unregistered::Faulty(what)));
        }
        let description = told.description.or(old.description);
        let enabled = told.enabled.unwrap_or(old.enabled);
        let organization = desk.organization().to_owned();
        let detail = format!("{id}, {}", if enabled { "enabled" } else { "disabled" });
        let event = Event::new(moment, "identity_provider.described", &organization, detail)
            .by(&administrator.user_name);
        let (known, now) = (id.to_owned(), millis(moment.now));
        let changed = self.change(event, move |connection| {
            Box::pin(async move {
                let row = (known.as_str(), description.as_deref(), enabled);
                identity_providers::describe(connection, &organization, row).await?;
                if !enabled {
                    federation_tokens::revoke_provider(connection, &organization, &known, now)
                        .await?;
                }
                Ok(Ok(()))
            })
        });
        match changed.await? {
            // Whoever switched off the provider that vouched for them holds no token by now.
            Ok(()) => self.known_provider(desk, id).await,
            Err(why) => Ok(Err(why)),
        }
    }

    /// Removes one with its protocols, and ends what it vouched for.
    pub async fn remove_provider(
        &self,
        moment: &Moment,
        desk: Desk<'_>,
        id: &str,
    ) -> Registered<()> {
        let administrator = match self.administered(moment, (desk, id)).await? {
            Ok((administrator, _)) => administrator,
            Err(why) => return Ok(Err(why)),
        };
        let (organization, known) = (desk.organization().to_owned(), id.to_owned());
        let event = Event::new(moment, "identity_provider.removed", &organization, id)
            .by(&administrator.user_name);
        let now = millis(moment.now);
        let removed = self.change(event, move |connection| {
            Box::pin(async move {
                if !identity_providers::remove(connection, &organization, &known).await? {
                    return Ok(Err(Unregistered::InUse("identity provider")));
                }
                openid_providers::remove(connection, &organization, &known).await?;
                for kind in [Kind::IdentityProvider, Kind::Issuer] {
                    let whose = (kind, &[known.as_str()][..], &[][..]);
                    metadata_sources::retain(connection, &organization, whose).await?;
                }
                federation_tokens::revoke_provider(connection, &organization, &known, now).await?;
                Ok(Ok(()))
            })
        });
        removed.await
    }
}

fn judge(told: &Description) -> Result<(), Unregistered> {
    let text = told.description.as_deref().unwrap_or_default();
    if text.len() <= LONGEST && !text.chars().any(char::is_control) {
        return Ok(());
    }
    let what = "description: must be at most 255 bytes without control characters";
    Err(Unregistered::Faulty(what.to_owned()))
}
