//! APIs that may ask about tokens.

use super::{Connection, Store, json, list};
use crate::error::Unavailable;
use sqlx::Row;

/// An API as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceServer {
    /// Identifier.
    pub id: String,
    /// Hash of its secret.
    pub secret_hash: String,
    /// Accounts about whose tokens it may ask.
    pub accounts: Vec<String>,
}

impl Store {
    /// The API of that identifier.
    pub async fn resource_server(
        &self,
        organization: &str,
        id: &str,
    ) -> Result<Option<ResourceServer>, Unavailable> {
        if !super::storable(id) {
            return Ok(None);
        }
        let row = sqlx::query("select id, secret_hash, accounts from resource_servers where organization = $1 and id = $2")
            .bind(organization)
            .bind(id)
            .fetch_optional(self.database.reads())
            .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(ResourceServer {
            id: row.try_get("id")?,
            secret_hash: row.try_get("secret_hash")?,
            accounts: list(&row, "accounts")?,
        }))
    }
}

/// Inserts or replaces one.
pub(crate) async fn put(
    connection: &mut Connection,
    organization: &str,
    server: &ResourceServer,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into resource_servers (organization, id, secret_hash, accounts) values ($1, $2, $3, $4) \
         on conflict (organization, id) do update set secret_hash = excluded.secret_hash, accounts = excluded.accounts",
    )
    .bind(organization)
    .bind(server.id.as_str())
    .bind(server.secret_hash.as_str())
    .bind(json(&server.accounts))
    .execute(connection)
    .await?;
    Ok(())
}
