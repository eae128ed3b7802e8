//! Identity providers: the parties whom an organization trusts to vouch for people.

use super::{Connection, Store};
use crate::error::Unavailable;
use crate::mapping::Dialect;
use sqlx::Row;
use sqlx::any::AnyRow;

/// An identity provider as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityProvider {
    /// Identifier inside the organization.
    pub id: String,
    /// Entity ID.
    pub entity_id: String,
    /// Its SAML metadata, as XML.
    pub metadata: String,
    /// Whether it may be used.
    pub enabled: bool,
    /// Whether it may answer without having been asked.
    pub allow_unsolicited: bool,
    /// Attribute that holds the groups.
    pub groups_attribute: Option<String>,
    /// Attribute that holds the user name.
    pub user_attribute: Option<String>,
    /// Mapping rules as JSON, and their dialect.
    pub mapping: Option<(String, Dialect)>,
}

impl Store {
    /// The identity provider of that identifier.
    pub async fn identity_provider(
        &self,
        organization: &str,
        id: &str,
    ) -> Result<Option<IdentityProvider>, Unavailable> {
        let row =
            sqlx::query("select * from identity_providers where organization = $1 and id = $2")
                .bind(organization)
                .bind(id)
                .fetch_optional(self.database.reads())
                .await?;
        Ok(row.as_ref().map(provider).transpose()?)
    }

    /// The identity provider of that entity ID.
    pub async fn identity_provider_by_entity_id(
        &self,
        organization: &str,
        entity_id: &str,
    ) -> Result<Option<IdentityProvider>, Unavailable> {
        if !super::storable(entity_id) {
            return Ok(None);
        }
        let row = sqlx::query(
            "select * from identity_providers where organization = $1 and entity_id = $2",
        )
        .bind(organization)
        .bind(entity_id)
        .fetch_optional(self.database.reads())
        .await?;
        Ok(row.as_ref().map(provider).transpose()?)
    }

    /// Metadata of everybody whom an organization trusts: identity providers and relying parties.
    pub async fn metadata_of_peers(&self, organization: &str) -> Result<Vec<String>, Unavailable> {
        let rows = sqlx::query(
            "select metadata from identity_providers where organization = $1 \
             union all select metadata from applications where organization = $2 and metadata is not null",
        )
        .bind(organization)
        .bind(organization)
        .fetch_all(self.database.reads())
        .await?;
        Ok(rows
            .iter()
            .map(|row| row.try_get("metadata"))
            .collect::<Result<_, sqlx::Error>>()?)
    }

    /// Organization and metadata of every other organization's peer of that entity ID: the one look-up across organizations,
    /// for `declare` only, which must see an impostor (security: A15).
    pub async fn peers_elsewhere(
        &self,
        organization: &str,
        entity_id: &str,
    ) -> Result<Vec<(String, String)>, Unavailable> {
        let rows = sqlx::query("select organization, metadata from identity_providers where organization <> $1 and entity_id = $2")
            .bind(organization)
            .bind(entity_id)
            .fetch_all(self.database.reads())
            .await?;
        Ok(rows
            .iter()
            .map(|row| Ok((row.try_get("organization")?, row.try_get("metadata")?)))
            .collect::<Result<_, sqlx::Error>>()?)
    }
}

/// Inserts or replaces one.
pub(crate) async fn put(
    connection: &mut Connection,
    organization: &str,
    provider: &IdentityProvider,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into identity_providers (organization, id, entity_id, metadata, enabled, allow_unsolicited, groups_attribute, user_attribute, mapping, mapping_dialect) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         on conflict (organization, id) do update set entity_id = excluded.entity_id, metadata = excluded.metadata, enabled = excluded.enabled, \
         allow_unsolicited = excluded.allow_unsolicited, groups_attribute = excluded.groups_attribute, user_attribute = excluded.user_attribute, \
         mapping = excluded.mapping, mapping_dialect = excluded.mapping_dialect",
    )
    .bind(organization)
    .bind(provider.id.as_str())
    .bind(provider.entity_id.as_str())
    .bind(provider.metadata.as_str())
    .bind(i64::from(provider.enabled))
    .bind(i64::from(provider.allow_unsolicited))
    .bind(provider.groups_attribute.as_deref())
    .bind(provider.user_attribute.as_deref())
    .bind(provider.mapping.as_ref().map(|(rules, _)| rules.as_str()))
    .bind(provider.mapping.as_ref().map(|(_, dialect)| dialect.name()))
    .execute(connection)
    .await?;
    Ok(())
}

fn provider(row: &AnyRow) -> Result<IdentityProvider, sqlx::Error> {
    Ok(IdentityProvider {
        id: row.try_get("id")?,
        entity_id: row.try_get("entity_id")?,
        metadata: row.try_get("metadata")?,
        enabled: row.try_get::<i64, _>("enabled")? != 0,
        allow_unsolicited: row.try_get::<i64, _>("allow_unsolicited")? != 0,
        groups_attribute: row.try_get("groups_attribute")?,
        user_attribute: row.try_get("user_attribute")?,
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
