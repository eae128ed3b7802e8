//! Whom a mapping makes of an assertion.

use super::SsoType;
use super::compiled::CompiledMappings;
use super::token;
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

/// What an identity provider says of somebody, by whatever protocol.
pub(super) struct Said<'a> {
    /// The provider's rules, with their dialect.
    pub(super) rules: Option<&'a (String, Dialect)>,
    /// What they read.
    pub(super) attributes: Attributes,
    /// What makes the person one and the same: issuer, the kind of name, and the name.
    pub(super) who: [&'a str; 3],
}

impl<'a> Said<'a> {
    /// By an assertion. SAML core §8.3: a NameID means somebody only together with its issuer and format (security: A6).
    pub(super) fn by_assertion(provider: &'a IdentityProvider, identity: &'a Identity) -> Self {
        let name_id = &identity.name_id;
        let format = name_id.format.as_deref().unwrap_or_default();
        Self {
            rules: provider.mapping.as_ref(),
            attributes: Attributes::of(&identity.attributes, name_id),
            who: [&identity.issuer, format, &name_id.value],
        }
    }
}

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

    /// Applies the provider's rules to what an assertion says, or finds the user whom the domain keeps. Codes: those of
    /// [`crate::mapping::NotMapped`], `mapping.unreadable`, `iam_user.refused`.
    pub(super) async fn asserted_person(
        &self,
        organization: &str,
        provider: &IdentityProvider,
        identity: &Identity,
    ) -> Answer<Person> {
        if provider.sso == SsoType::IamUser {
            return self.kept_user(organization, provider, identity).await;
        }
        let said = Said::by_assertion(provider, identity);
        self.person(organization, &said).await
    }

    /// Applies the provider's rules. Codes: those of [`crate::mapping::NotMapped`], `mapping.unreadable`.
    pub(super) async fn person(&self, organization: &str, said: &Said<'_>) -> Answer<Person> {
        let rules = (said.rules, &said.attributes);
        let mapped = match mapped(&self.inner.mappings, rules) {
            Ok(mapped) => mapped,
            Err(refused) => return Ok(Err(refused)),
        };
        let groups = self.groups_of_mapped(organization, &mapped).await?;
        Ok(Ok(Person {
            id: user_id(organization, said.who),
            groups: groups.into_iter().map(|group| group.id).collect(),
            name: mapped.user.name.unwrap_or_else(|| NAMELESS.to_owned()),
        }))
    }

    /// The groups of the domain that a mapping means. A group that the domain does not have gives nothing.
    pub(super) async fn groups_of_mapped(
        &self,
        organization: &str,
        mapped: &Mapped,
    ) -> Result<Vec<token::Group>, Unavailable> {
        let domain = self.inner.store.organization(organization).await?;
        let name_of_domain = domain.unwrap_or_default();
        let here = |domain: &Option<String>| {
            domain
                .as_ref()
                .is_none_or(|domain| *domain == organization || *domain == name_of_domain)
        };
        let known = self.inner.store.groups(organization).await?;
        let found = mapped.groups.iter().filter_map(|group| {
            let found = known.iter().find(|(id, name)| match group {
                Group::Id(wanted) => wanted == id,
                Group::Name {
                    name: wanted,
                    domain,
                } => wanted == name && here(domain),
            });
            found.map(|(id, name)| token::Group {
                id: id.clone(),
                name: name.clone(),
            })
        });
        Ok(found.collect())
    }
}

/// Whom these rules make of these attributes.
pub(super) fn mapped(
    mappings: &CompiledMappings,
    (rules, attributes): (Option<&(String, Dialect)>, &Attributes),
) -> Result<Mapped, Refused> {
    let (rules, dialect) = rules.map_or(("[]", Dialect::Huawei), |(rules, dialect)| {
        (rules.as_str(), *dialect)
    });
    let mapping = mappings.get(rules, dialect)?;
    let mapped = mapping
        .apply(attributes)
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

/// 32 letters and digits that mean one person of one issuer in one domain.
fn user_id(organization: &str, [issuer, kind, name]: [&str; 3]) -> String {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    digest::of_parts(&["federated-user", organization, issuer, kind, name])
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_id_has_32_letters_and_digits_and_means_one_person_of_one_issuer_in_one_domain() {
        let ana = ["idp", "", "ana"];
        let id = user_id("domain", ana);
        assert_eq!(id.len(), 32);
        assert!(id.bytes().all(|b| b.is_ascii_alphanumeric()), "{id}");
        assert_eq!(id, user_id("domain", ana), "stable");
        for other in [
            user_id("other", ana),
            user_id("domain", ["other", "", "ana"]),
            user_id("domain", ["idp", "persistent", "ana"]),
            user_id("domain", ["idp", "", "bia"]),
        ] {
            assert_ne!(id, other);
        }
    }
}
