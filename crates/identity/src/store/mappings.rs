//! Mapping rules with a name of their own.

use super::{Connection, Store};
use crate::error::Unavailable;
use crate::mapping::Dialect;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A set of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedMapping {
    /// Identifier inside the organization.
    pub id: String,
    /// The rules, as JSON.
    pub rules: String,
    /// Their dialect.
    pub dialect: Dialect,
}

impl Store {
    /// The rules of that name.
    pub async fn mapping(
        &self,
        organization: &str,
        id: &str,
    ) -> Result<Option<NamedMapping>, Unavailable> {
        if !super::storable(id) {
            return Ok(None);
        }
        let row = sqlx::query("select * from mappings where organization = $1 and id = $2")
            .bind(organization)
            .bind(id)
            .fetch_optional(self.database.reads())
            .await?;
        Ok(row.as_ref().map(mapping).transpose()?)
    }

    /// All rules of an organization.
    pub async fn mappings(&self, organization: &str) -> Result<Vec<NamedMapping>, Unavailable> {
        let rows = sqlx::query("select * from mappings where organization = $1 order by id")
            .bind(organization)
            .fetch_all(self.database.reads())
            .await?;
        Ok(rows
            .iter()
            .map(mapping)
            .collect::<Result<_, sqlx::Error>>()?)
    }
}

/// Inserts or replaces one.
pub(crate) async fn put(
    connection: &mut Connection,
    organization: &str,
    mapping: &NamedMapping,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into mappings (organization, id, rules, dialect) values ($1, $2, $3, $4) \
         on conflict (organization, id) do update set rules = excluded.rules, dialect = excluded.dialect",
    )
    .bind(organization)
    .bind(mapping.id.as_str())
    .bind(mapping.rules.as_str())
    .bind(mapping.dialect.name())
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes one that no protocol uses; false if a protocol does, or if there is none.
pub(crate) async fn remove(
    connection: &mut Connection,
    organization: &str,
    id: &str,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "delete from mappings where organization = $1 and id = $2 \
         and not exists (select 1 from protocols where organization = $3 and mapping = $4)",
    )
    .bind(organization)
    .bind(id)
    .bind(organization)
    .bind(id)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The rules of an identity provider's row: those that its protocol names, or its own.
pub(super) fn rules_of_provider(row: &AnyRow) -> Result<Option<(String, Dialect)>, sqlx::Error> {
    let named: Option<String> = row.try_get("named_rules")?;
    let own: Option<String> = row.try_get("mapping")?;
    Ok(match (named, own) {
        (Some(rules), _) => Some((rules, dialect(row, "named_dialect")?)),
        (None, Some(rules)) => Some((rules, dialect(row, "mapping_dialect")?)),
        (None, None) => None,
    })
}

fn mapping(row: &AnyRow) -> Result<NamedMapping, sqlx::Error> {
    Ok(NamedMapping {
        id: row.try_get("id")?,
        rules: row.try_get("rules")?,
        dialect: dialect(row, "dialect")?,
    })
}

fn dialect(row: &AnyRow, column: &str) -> Result<Dialect, sqlx::Error> {
    let name: &str = row.try_get(column)?;
    Dialect::of(name).ok_or_else(|| sqlx::Error::Decode(format!("no dialect {name:?}").into()))
}
