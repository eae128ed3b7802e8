//! Whom a mapping makes of an assertion.

use super::SsoType;
use super::compiled::CompiledMappings;
use crate::digest;
use crate::error::{Answer, Refused, Unavailable};
use crate::mapping::{Attributes, Dialect, Group, Mapped};
use crate::service::Service;
use crate::store::identity_providers::IdentityProvider;
use crate::subject::Identity;

/// A person of a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    /// Stable identifier: 32 letters and digits.
    pub(super) id: String,
    /// Name.
    pub(super) name: String,
    /// Identifiers of groups.
    pub(super) groups: Vec<String>,
}

/// The name of a person whom no rule names.
const NAMELESS: &str = "FederationUser";

impl Service {
    /// Identifiers of the groups of a user whom the domain keeps itself.
    pub(super) async fn group_ids_of(
        &self,
        organization: &str,
        user: &str,
    ) -> Result<Vec<String>, Unavailable> {
        let names = self.inner.store.groups_of(organization, user).await?;
        let mut groups = self.inner.store.groups(organization).await?;
        groups.retain(|(_, name)| names.contains(name));
        Ok(groups.into_iter().map(|(id, _)| id).collect())
    }

    /// Applies the provider's rules, or finds the user whom the domain keeps. Codes: those of [`crate::mapping::NotMapped`],
    /// `mapping.unreadable`, `iam_user.refused`.
    pub(super) async fn person(
        &self,
        organization: &str,
        provider: &IdentityProvider,
        identity: &Identity,
    ) -> Answer<Person> {
        if provider.sso == SsoType::IamUser {
            return self.kept_user(organization, provider, identity).await;
        }
        let mapped = match mapped(&self.inner.mappings, (provider, identity)) {
            Ok(mapped) => mapped,
            Err(refused) => return Ok(Err(refused)),
        };
        let domain = self.inner.store.organization(organization).await?;
        let name_of_domain = domain.unwrap_or_default();
        let here = |domain: &Option<String>| {
            domain
                .as_ref()
                .is_none_or(|domain| *domain == organization || *domain == name_of_domain)
        };
        let known = self.inner.store.groups(organization).await?;
        // A group that the domain does not have gives nothing.
        let groups = mapped.groups.iter().filter_map(|group| {
            let found = known.iter().find(|(id, name)| match group {
                Group::Id(wanted) => wanted == id,
                Group::Name {
                    name: wanted,
                    domain,
                } => wanted == name && here(domain),
            });
            found.map(|(id, _)| id.clone())
        });
        Ok(Ok(Person {
            id: user_id(organization, identity),
            groups: groups.collect(),
            name: mapped.user.name.unwrap_or_else(|| NAMELESS.to_owned()),
        }))
    }
}

fn mapped(
    mappings: &CompiledMappings,
    (provider, identity): (&IdentityProvider, &Identity),
) -> Result<Mapped, Refused> {
    let (rules, dialect) = match &provider.mapping {
        Some((rules, dialect)) => (rules.as_str(), *dialect),
        None => ("[]", Dialect::Huawei),
    };
    let mapping = mappings.get(rules, dialect)?;
    let attributes = Attributes::of(&identity.attributes, &identity.name_id);
    let mapped = mapping
        .apply(&attributes)
        .map_err(|why| Refused::new(why.code(), why.to_string()))?;
    let broken = |name: &String| name.is_empty() || name.chars().any(char::is_control);
    if mapped.user.name.as_ref().is_some_and(broken) {
        // It would break whatever shows it: a log line, a header, a terminal (security: H4).
        return Err(Refused::new(
            "mapping.user_name",
            "the user name is empty or has a control character",
        ));
    }
    Ok(mapped)
}

/// SAML core §8.3: a NameID means somebody only together with its issuer and format (security: A6).
fn user_id(organization: &str, identity: &Identity) -> String {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let format = identity.name_id.format.as_deref().unwrap_or_default();
    let name_id = identity.name_id.value.as_str();
    digest::of_parts(&[
        "federated-user",
        organization,
        &identity.issuer,
        format,
        name_id,
    ])
    .iter()
    .map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use saml::messages::NameId;

    fn identity(issuer: &str, format: Option<&str>, name_id: &str) -> Identity {
        Identity {
            issuer: issuer.to_owned(),
            name_id: NameId {
                value: name_id.to_owned(),
                format: format.map(str::to_owned),
                name_qualifier: None,
                sp_name_qualifier: None,
            },
            session_index: None,
            attributes: Vec::new(),
            authenticated_at: Timestamp::UNIX_EPOCH,
            class_ref: String::new(),
        }
    }

    #[test]
    fn user_id_has_32_letters_and_digits_and_means_one_person_of_one_issuer_in_one_domain() {
        let ana = identity("idp", None, "ana");
        let id = user_id("domain", &ana);
        assert_eq!(id.len(), 32);
        assert!(id.bytes().all(|b| b.is_ascii_alphanumeric()), "{id}");
        assert_eq!(id, user_id("domain", &ana), "stable");
        for other in [
            user_id("other", &ana),
            user_id("domain", &identity("other", None, "ana")),
            user_id("domain", &identity("idp", Some("persistent"), "ana")),
            user_id("domain", &identity("idp", None, "bia")),
        ] {
            assert_ne!(id, other);
        }
    }
}
