//! Who and what stands behind an account, to read.

use crate::accounts::Account;
use crate::digest;
use crate::error::Unavailable;
use crate::service::Service;
use crate::tokens::Token;
use std::collections::HashMap;

/// A group that an account admits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// A stable identifier.
    pub id: String,
    /// Name, as people's groups are compared with it.
    pub name: String,
    /// Whether an identity provider says who is in it.
    pub federated: bool,
}

/// A person kept here whom an account admits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Identifier.
    pub id: String,
    /// User principal name.
    pub user_name: String,
    /// Full name, if known.
    pub full_name: Option<String>,
    /// The admitted groups the person is in, in order.
    pub groups: Vec<String>,
    /// Whether the person may not sign in.
    pub disabled: bool,
}

impl Service {
    /// Every account of an organization, in the order of their identifiers.
    pub async fn accounts(&self, organization: &str) -> Result<Vec<Account>, Unavailable> {
        self.inner.store.accounts(organization).await
    }

    /// The accounts that the groups of a token open through the same way of signing in, in the order of their identifiers.
    /// A token remembers the groups that opened its own account, so accounts that only other groups open are not among them.
    pub async fn open_accounts(&self, token: &Token) -> Result<Vec<Account>, Unavailable> {
        let mut accounts = self.accounts(&token.organization).await?;
        let own = accounts.iter().find(|account| account.id == token.account);
        let provider = own.and_then(|account| account.provider.clone());
        accounts.retain(|account| {
            account.provider == provider && !account.admitting(&token.groups).is_empty()
        });
        Ok(accounts)
    }

    /// The groups that an account admits, in the order of their names.
    pub async fn account_groups(
        &self,
        account: &Account,
        organization: &str,
    ) -> Result<Vec<Group>, Unavailable> {
        let federated = account.provider.is_some();
        let kept: HashMap<String, String> = if federated {
            HashMap::new()
        } else {
            let groups = self.inner.store.groups(organization).await?;
            groups.into_iter().map(|(id, name)| (name, id)).collect()
        };
        // Nobody here keeps an identifier for a group that is kept elsewhere, so its name makes one.
        let made = |name: &str| digest::uuid(&["group", organization, &account.id, name]);
        let group = |name: &String| Group {
            id: kept
                .get(name)
                .cloned()
                .unwrap_or_else(|| made(name).to_string()),
            name: name.clone(),
            federated,
        };
        let mut groups: Vec<Group> = account.admits.iter().map(group).collect();
        groups.sort_by(|a, b| a.name.cmp(&b.name));
        groups.dedup();
        Ok(groups)
    }

    /// The people kept here whom an account admits, in the order of their names. None where an identity provider vouches:
    /// its people are not kept here.
    pub async fn account_people(
        &self,
        account: &Account,
        organization: &str,
    ) -> Result<Vec<Person>, Unavailable> {
        if account.provider.is_some() {
            return Ok(Vec::new());
        }
        let mut people = self.inner.store.people(organization).await?;
        people.retain_mut(|person| {
            person.groups = account.admitting(&person.groups);
            !person.groups.is_empty()
        });
        people.sort_by(|a, b| a.user_name.cmp(&b.user_name));
        Ok(people)
    }
}
