//! What a person may open.

use super::token::{FederationToken, Project, Scope};
use crate::accounts::Account;
use crate::entities::Federation;
use crate::error::{Answer, Refused};
use crate::moment::Moment;
use crate::service::Service;
use std::sync::Arc;

/// The account that is the whole domain.
const DOMAIN: &str = "0";

/// A thing, as a request names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// By identifier.
    Id(String),
    /// By name.
    Name(String),
}

/// The scope that a request wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A domain.
    Domain(Named),
    /// A project, perhaps with its domain: clients in use name none.
    Project(Named, Option<Named>),
}

impl FederationToken {
    /// What `account` is to this person; none if it is closed to them.
    pub(super) fn scope_of(&self, account: Account) -> Option<Scope> {
        let names: Vec<String> = self.groups.iter().map(|group| group.name.clone()).collect();
        opened(account, (&names, self.provider.as_deref()))
    }

    /// Whether the person goes by that identifier or name.
    pub(super) fn is_of(&self, person: &Named) -> bool {
        match person {
            Named::Id(id) => *id == self.user_id,
            Named::Name(name) => *name == self.user_name,
        }
    }

    pub(super) fn is_in(&self, domain: &Named) -> bool {
        match domain {
            Named::Id(id) => *id == self.domain.id,
            Named::Name(name) => *name == self.domain.name,
        }
    }
}

/// What `account` is to somebody in these groups who came through that provider; none if it is closed to them.
pub(super) fn opened(
    account: Account,
    (groups, provider): (&[String], Option<&str>),
) -> Option<Scope> {
    // An account that is bound to an identity provider is for its people only.
    let elsewhere = account.provider.is_some() && account.provider.as_deref() != provider;
    if elsewhere || account.admitting(groups).is_empty() {
        return None;
    }
    let mut roles = account.roles;
    roles.retain(|role| role.groups.iter().any(|group| groups.contains(group)));
    Some(if account.id == DOMAIN {
        Scope::Domain(roles)
    } else {
        let (id, name) = (account.id, account.name);
        Scope::Project(Project { id, name }, roles)
    })
}

impl Service {
    /// What the holder of a token could scope it to: projects, and the domain if it is open to them. Code: `token.invalid`.
    pub async fn scopes(
        &self,
        moment: &Moment,
        federation: &Federation,
        auth: &str,
    ) -> Answer<(Arc<FederationToken>, Vec<Scope>)> {
        let token = match self.held(moment, federation, auth).await? {
            Ok(held) => held.token,
            Err(refused) => return Ok(Err(refused)),
        };
        let organization = &federation.provider.organization;
        let accounts = self.inner.store.accounts(organization).await?;
        let scopes = accounts
            .into_iter()
            .filter_map(|account| token.scope_of(account))
            .collect();
        Ok(Ok((token, scopes)))
    }

    /// The account that `wanted` means to the person, with its scope. Whether it does not exist or is closed to them is not
    /// told apart: `scope.refused`.
    pub(super) async fn scope(
        &self,
        organization: &str,
        token: &FederationToken,
        wanted: &Wanted,
    ) -> Answer<(String, Scope)> {
        let accounts = self.inner.store.accounts(organization).await?;
        let mut open = accounts.into_iter().filter_map(|account| {
            let means = match wanted {
                Wanted::Domain(domain) => account.id == DOMAIN && token.is_in(domain),
                Wanted::Project(project, domain) => {
                    account.id != DOMAIN
                        && domain.as_ref().is_none_or(|domain| token.is_in(domain))
                        && match project {
                            Named::Id(id) => *id == account.id,
                            Named::Name(name) => *name == account.name,
                        }
                }
            };
            let id = account.id.clone();
            means
                .then(|| token.scope_of(account))
                .flatten()
                .map(|scope| (id, scope))
        });
        // Two open projects of one name: guessing which is meant would be worse than asking for the identifier.
        Ok(match (open.next(), open.next()) {
            (Some(one), None) => Ok(one),
            _ => Err(Refused::new(
                "scope.refused",
                "no such project or domain is open to the person",
            )),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::token::{Domain, Group, Method};
    use super::*;
    use crate::accounts::Role;
    use jiff::Timestamp;

    fn token(groups: &[&str], provider: Option<&str>) -> FederationToken {
        let group = |name: &&str| Group {
            id: format!("id-of-{name}"),
            name: (*name).to_owned(),
        };
        FederationToken {
            id: String::new(),
            method: Method::Mapped,
            scope: Scope::Unscoped,
            domain: Domain {
                id: "06ba".to_owned(),
                name: "IAMDomain".to_owned(),
            },
            user_id: String::new(),
            user_name: String::new(),
            groups: groups.iter().map(group).collect(),
            provider: provider.map(str::to_owned),
            protocol: None,
            issued: Timestamp::UNIX_EPOCH,
            expires: Timestamp::UNIX_EPOCH,
        }
    }

    fn account(provider: Option<&str>) -> Account {
        let role = |name: &str, groups: &[&str]| Role {
            id: format!("id-of-{name}"),
            name: name.to_owned(),
            groups: groups.iter().map(|&group| group.to_owned()).collect(),
        };
        Account {
            id: "p1".to_owned(),
            name: "project".to_owned(),
            admits: vec!["admin".to_owned(), "readers".to_owned()],
            provider: provider.map(str::to_owned),
            roles: vec![
                role("te_admin", &["admin"]),
                role("readonly", &["admin", "readers"]),
            ],
        }
    }

    fn roles(scope: Option<Scope>) -> Option<Vec<String>> {
        match scope? {
            Scope::Project(_, roles) => Some(roles.into_iter().map(|role| role.name).collect()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn project_opens_to_its_groups_with_the_roles_that_they_have() {
        let of = |groups: &[&str]| roles(token(groups, None).scope_of(account(None)));
        assert_eq!(
            of(&["admin"]),
            Some(vec!["te_admin".into(), "readonly".into()])
        );
        assert_eq!(of(&["readers"]), Some(vec!["readonly".into()]));
        assert_eq!(of(&["others"]), None);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn project_of_one_identity_provider_is_closed_to_the_people_of_another() {
        let of = |provider| {
            token(&["admin"], provider)
                .scope_of(account(Some("ACME")))
                .is_some()
        };
        assert!(of(Some("ACME")));
        assert!(!of(Some("OTHER")));
        assert!(!of(None));
    }
}
