//! Accounts: what a token opens.

use super::{Connection, Store, decoded, encoded, json, list};
use crate::accounts::Account;
use crate::error::Unavailable;
use sqlx::Row;
use sqlx::any::AnyRow;

impl Store {
    /// One account of an organization.
    pub async fn account(
        &self,
        organization: &str,
        id: &str,
    ) -> Result<Option<Account>, Unavailable> {
        if !super::storable(id) {
            return Ok(None);
        }
        let row = sqlx::query("select * from accounts where organization = $1 and id = $2")
            .bind(organization)
            .bind(id)
            .fetch_optional(self.database.reads())
            .await?;
        Ok(row.as_ref().map(account).transpose()?)
    }

    /// Every account of an organization, in the order of their identifiers.
    pub async fn accounts(&self, organization: &str) -> Result<Vec<Account>, Unavailable> {
        let rows = sqlx::query("select * from accounts where organization = $1")
            .bind(organization)
            .fetch_all(self.database.reads())
            .await?;
        let mut accounts = rows.iter().map(account).collect::<Result<Vec<_>, _>>()?;
        // Not in SQL: a database sorts text by its collation, and markers are compared byte by byte.
        accounts.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(accounts)
    }
}

/// Whether an account still admits whom it admitted, and signs in where it did, inside a transaction.
pub(crate) async fn is_still(
    connection: &mut Connection,
    organization: &str,
    known: &Account,
) -> Result<bool, sqlx::Error> {
    let row = sqlx::query("select * from accounts where organization = $1 and id = $2")
        .bind(organization)
        .bind(known.id.as_str())
        .fetch_optional(connection)
        .await?;
    let found = row.as_ref().map(account).transpose()?;
    Ok(found.is_some_and(|found| found.admits == known.admits && found.provider == known.provider))
}

/// Inserts or replaces one.
pub(crate) async fn put(
    connection: &mut Connection,
    organization: &str,
    account: &Account,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into accounts (organization, id, name, admits, identity_provider, roles) values ($1, $2, $3, $4, $5, $6) \
         on conflict (organization, id) do update set name = excluded.name, admits = excluded.admits, identity_provider = excluded.identity_provider, \
         roles = excluded.roles",
    )
    .bind(organization)
    .bind(account.id.as_str())
    .bind(account.name.as_str())
    .bind(json(&account.admits))
    .bind(account.provider.as_deref())
    .bind(encoded(&account.roles)?)
    .execute(connection)
    .await?;
    Ok(())
}

fn account(row: &AnyRow) -> Result<Account, sqlx::Error> {
    Ok(Account {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        admits: list(row, "admits")?,
        provider: row.try_get("identity_provider")?,
        roles: decoded(row.try_get("roles")?)?,
    })
}
