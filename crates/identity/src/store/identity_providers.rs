//! Identity providers: the parties whom an organization trusts to vouch for people.

use super::mappings::rules_of_provider;
use super::{Connection, Store};
use crate::error::Unavailable;
use crate::federation::SsoType;
use crate::mapping::Dialect;
use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

/// An identity provider as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityProvider {
    /// Identifier inside the organization.
    pub id: String,
    /// Entity ID.
    pub entity_id: String,
    /// Its SAML metadata, as XML; empty if it vouches by OpenID Connect only, or none was imported yet.
    pub metadata: String,
    /// When it came.
    pub metadata_at: Option<Timestamp>,
    /// Whether it may be used.
    pub enabled: bool,
    /// Whether it may answer without having been asked.
    pub allow_unsolicited: bool,
    /// Attribute that holds the groups.
    pub groups_attribute: Option<String>,
    /// Attribute that holds the user name.
    pub user_attribute: Option<String>,
    /// Mapping rules as JSON, and their dialect: those of its protocol `saml`, or its own.
    pub mapping: Option<(String, Dialect)>,
    /// Whom its people become.
    pub sso: SsoType,
    /// What it is, for people.
    pub description: Option<String>,
}

/// Whether a provider still is whom it was, may be used, and is read as it was, inside a transaction.
pub(crate) async fn is_still(
    connection: &mut Connection,
    organization: &str,
    known: &IdentityProvider,
) -> Result<bool, sqlx::Error> {
    let row = sqlx::query(
        "select entity_id, metadata, enabled, groups_attribute, user_attribute from identity_providers \
         where organization = $1 and id = $2",
    )
    .bind(organization)
    .bind(known.id.as_str())
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else {
        return Ok(false);
    };
    let text = |column| row.try_get::<Option<String>, _>(column);
    Ok(text("entity_id")?.as_ref() == Some(&known.entity_id)
        && text("metadata")?.as_ref() == Some(&known.metadata)
        && (row.try_get::<i64, _>("enabled")? != 0) == known.enabled
        && text("groups_attribute")? == known.groups_attribute
        && text("user_attribute")? == known.user_attribute)
}

/// With the rules of its protocol `saml`, if that is registered.
const SELECT: &str = "select p.*, m.rules as named_rules, m.dialect as named_dialect from identity_providers p \
     left join protocols r on r.organization = p.organization and r.provider = p.id and r.id = 'saml' \
     left join mappings m on m.organization = r.organization and m.id = r.mapping";

impl Store {
    /// The identity provider of that identifier.
    pub async fn identity_provider(
        &self,
        organization: &str,
        id: &str,
    ) -> Result<Option<IdentityProvider>, Unavailable> {
        if !super::storable(id) {
            return Ok(None);
        }
        let select = format!("{SELECT} where p.organization = $1 and p.id = $2");
        let row = sqlx::query(AssertSqlSafe(select))
            .bind(organization)
            .bind(id)
            .fetch_optional(self.database.reads())
            .await?;
        Ok(row.as_ref().map(provider).transpose()?)
    }

    /// Every identity provider of an organization.
    pub async fn identity_providers(
        &self,
        organization: &str,
    ) -> Result<Vec<IdentityProvider>, Unavailable> {
        let select = format!("{SELECT} where p.organization = $1 order by p.id");
        let rows = sqlx::query(AssertSqlSafe(select))
            .bind(organization)
            .fetch_all(self.database.reads())
            .await?;
        Ok(rows
            .iter()
            .map(provider)
            .collect::<Result<_, sqlx::Error>>()?)
    }

    /// The identifiers of those that may be used by SAML, in order.
    pub async fn enabled_providers(&self, organization: &str) -> Result<Vec<String>, Unavailable> {
        let rows = sqlx::query(
            "select id from identity_providers where organization = $1 and enabled = 1 and metadata <> '' order by id",
        )
        .bind(organization)
        .fetch_all(self.database.reads())
        .await?;
        Ok(rows
            .iter()
            .map(|row| row.try_get("id"))
            .collect::<Result<_, _>>()?)
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
        let select = format!("{SELECT} where p.organization = $1 and p.entity_id = $2");
        let row = sqlx::query(AssertSqlSafe(select))
            .bind(organization)
            .bind(entity_id)
            .fetch_optional(self.database.reads())
            .await?;
        Ok(row.as_ref().map(provider).transpose()?)
    }

    /// Metadata of everybody whom an organization trusts: identity providers and relying parties.
    pub async fn metadata_of_peers(&self, organization: &str) -> Result<Vec<String>, Unavailable> {
        let rows = sqlx::query(
            "select metadata from identity_providers where organization = $1 and metadata <> '' \
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

    /// Kind, identifier and metadata of every peer.
    pub async fn peers(
        &self,
        organization: &str,
    ) -> Result<Vec<(&'static str, String, String)>, Unavailable> {
        let questions = [
            (
                "identity_provider",
                "select id, metadata from identity_providers where organization = $1 and metadata <> '' order by id",
            ),
            (
                "application",
                "select id, metadata from applications where organization = $1 and metadata is not null order by id",
            ),
        ];
        let mut peers = Vec::new();
        for (kind, question) in questions {
            let rows = sqlx::query(question)
                .bind(organization)
                .fetch_all(self.database.reads())
                .await?;
            for row in &rows {
                peers.push((kind, row.try_get("id")?, row.try_get("metadata")?));
            }
        }
        Ok(peers)
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
        "insert into identity_providers (organization, id, entity_id, metadata, enabled, allow_unsolicited, groups_attribute, user_attribute, mapping, mapping_dialect, \
         sso_type, description, metadata_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
         on conflict (organization, id) do update set entity_id = excluded.entity_id, metadata = excluded.metadata, enabled = excluded.enabled, \
         allow_unsolicited = excluded.allow_unsolicited, groups_attribute = excluded.groups_attribute, user_attribute = excluded.user_attribute, \
         mapping = excluded.mapping, mapping_dialect = excluded.mapping_dialect, sso_type = excluded.sso_type, \
         description = excluded.description, metadata_at = excluded.metadata_at",
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
    .bind(provider.sso.name())
    .bind(provider.description.as_deref())
    .bind(provider.metadata_at.map(super::millis))
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds one that has no metadata yet, under an entity ID that nobody can have.
pub(crate) async fn add(
    connection: &mut Connection,
    organization: &str,
    (id, sso, description, enabled): (&str, SsoType, Option<&str>, bool),
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into identity_providers (organization, id, entity_id, metadata, enabled, allow_unsolicited, sso_type, description) \
         values ($1, $2, $3, '', $4, 1, $5, $6)",
    )
    .bind(organization)
    .bind(id)
    .bind(nobody(id))
    .bind(i64::from(enabled))
    .bind(sso.name())
    .bind(description)
    .execute(connection)
    .await?;
    Ok(())
}

/// Changes what is told of one, and whether it may be used.
pub(crate) async fn describe(
    connection: &mut Connection,
    organization: &str,
    (id, description, enabled): (&str, Option<&str>, bool),
) -> Result<(), sqlx::Error> {
    sqlx::query("update identity_providers set description = $1, enabled = $2 where organization = $3 and id = $4")
        .bind(description)
        .bind(i64::from(enabled))
        .bind(organization)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Gives one the metadata by which it is known, or takes it away.
pub(crate) async fn set_metadata(
    connection: &mut Connection,
    organization: &str,
    id: &str,
    metadata: Option<(&str, &str, i64)>,
) -> Result<(), sqlx::Error> {
    let nobody = nobody(id);
    let (entity_id, xml, at) = match metadata {
        Some((entity_id, xml, at)) => (entity_id, xml, Some(at)),
        None => (nobody.as_str(), "", None),
    };
    sqlx::query("update identity_providers set entity_id = $1, metadata = $2, metadata_at = $3 where organization = $4 and id = $5")
        .bind(entity_id)
        .bind(xml)
        .bind(at)
        .bind(organization)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Removes one into which no account signs in; false if one does.
pub(crate) async fn remove(
    connection: &mut Connection,
    organization: &str,
    id: &str,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "delete from identity_providers where organization = $1 and id = $2 \
         and not exists (select 1 from accounts where organization = $3 and identity_provider = $4)",
    )
    .bind(organization)
    .bind(id)
    .bind(organization)
    .bind(id)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The entity ID of a provider without metadata. It has white space, and an entity ID is a URI (SAML core §8.3.6): no message can be
/// from there.
pub(crate) fn nobody(id: &str) -> String {
    format!("no metadata yet: {id}")
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
        mapping: rules_of_provider(row)?,
        metadata_at: super::optional_time(row, "metadata_at")?,
        sso: sso(row)?,
        description: row.try_get("description")?,
    })
}

fn sso(row: &AnyRow) -> Result<SsoType, sqlx::Error> {
    let name: String = row.try_get("sso_type")?;
    SsoType::of(&name)
        .ok_or_else(|| sqlx::Error::Decode(format!("no kind of sign-on {name:?}").into()))
}
