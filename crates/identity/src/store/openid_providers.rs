//! Identity providers whose ID tokens an organization believes.

use super::{Connection, Store, json, list};
use crate::error::Unavailable;
use crate::mapping::Dialect;
use sqlx::Row;
use sqlx::any::AnyRow;

/// One as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenidProvider {
    /// Identifier inside the organization.
    pub id: String,
    /// `iss` of its tokens.
    pub issuer: String,
    /// Client identifiers that its tokens may be for.
    pub clients: Vec<String>,
    /// Its keys: a JWK set.
    pub keys: String,
    /// Whether it may be used.
    pub enabled: bool,
    /// Mapping rules as JSON, and their dialect.
    pub mapping: Option<(String, Dialect)>,
}

impl Store {
    /// The provider of that identifier.
    pub async fn openid_provider(
        &self,
        organization: &str,
        id: &str,
    ) -> Result<Option<OpenidProvider>, Unavailable> {
        if !super::storable(id) {
            return Ok(None);
        }
        let row = sqlx::query("select * from openid_providers where organization = $1 and id = $2")
            .bind(organization)
            .bind(id)
            .fetch_optional(self.database.reads())
            .await?;
        Ok(row.as_ref().map(provider).transpose()?)
    }
}

/// Inserts or replaces one.
pub(crate) async fn put(
    connection: &mut Connection,
    organization: &str,
    provider: &OpenidProvider,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into openid_providers (organization, id, issuer, clients, keys, enabled, mapping, mapping_dialect) \
         values ($1, $2, $3, $4, $5, $6, $7, $8) \
         on conflict (organization, id) do update set issuer = excluded.issuer, clients = excluded.clients, keys = excluded.keys, \
         enabled = excluded.enabled, mapping = excluded.mapping, mapping_dialect = excluded.mapping_dialect",
    )
    .bind(organization)
    .bind(provider.id.as_str())
    .bind(provider.issuer.as_str())
    .bind(json(&provider.clients))
    .bind(provider.keys.as_str())
    .bind(i64::from(provider.enabled))
    .bind(provider.mapping.as_ref().map(|(rules, _)| rules.as_str()))
    .bind(provider.mapping.as_ref().map(|(_, dialect)| dialect.name()))
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes one, if it is there.
pub(crate) async fn remove(
    connection: &mut Connection,
    organization: &str,
    id: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("delete from openid_providers where organization = $1 and id = $2")
        .bind(organization)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

fn provider(row: &AnyRow) -> Result<OpenidProvider, sqlx::Error> {
    Ok(OpenidProvider {
        id: row.try_get("id")?,
        issuer: row.try_get("issuer")?,
        clients: list(row, "clients")?,
        keys: row.try_get("keys")?,
        enabled: row.try_get::<i64, _>("enabled")? != 0,
        mapping: mapping(row)?,
    })
}

fn mapping(row: &AnyRow) -> Result<Option<(String, Dialect)>, sqlx::Error> {
    let rules: Option<String> = row.try_get("mapping")?;
    let dialect: Option<String> = row.try_get("mapping_dialect")?;
    let Some((rules, name)) = rules.zip(dialect) else {
        return Ok(None);
    };
    let dialect = Dialect::of(&name)
        .ok_or_else(|| sqlx::Error::Decode(format!("no dialect {name:?}").into()))?;
    Ok(Some((rules, dialect)))
}
