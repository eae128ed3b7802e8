//! What a token opens inside an organization: `0` for the grid, anything else for a tenant.

use crate::error::{Answer, Refused};
use crate::moment::Moment;
use crate::service::Service;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Identifier; `0` is the grid.
    pub id: String,
    /// Name.
    pub name: String,
    /// Groups that it admits.
    pub admits: Vec<String>,
    /// The identity provider it signs in through, if single sign-on is on.
    pub provider: Option<String>,
    /// What people may do in it, by group.
    pub roles: Vec<Role>,
}

/// What people may do in an account; what that means is known to whatever the account belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Groups whose people have it.
    pub groups: Vec<String>,
}

impl Account {
    /// Those of a person's groups for which the account is open. None of them means no: an account without groups admits nobody.
    pub(crate) fn admitting(&self, groups: &[String]) -> Vec<String> {
        groups
            .iter()
            .filter(|group| self.admits.contains(group))
            .cloned()
            .collect()
    }
}

impl Service {
    /// One account. Refused with `account.unknown`.
    pub async fn account(&self, _moment: &Moment, organization: &str, id: &str) -> Answer<Account> {
        let found = self
            .inner
            .store
            .account(organization, identifier(id))
            .await?;
        Ok(found.ok_or_else(unknown))
    }
}

/// What clients mean by an identifier: an empty one is the grid, as vendor scripts send it.
pub(crate) fn identifier(id: &str) -> &str {
    if id.is_empty() { "0" } else { id }
}

pub(crate) fn unknown() -> Refused {
    Refused::new("account.unknown", "no such account")
}
