//! Identity providers whose ID tokens an organization believes.

use super::mappings::rules_of_provider;
use super::{Connection, Store, decoded, encoded, json, list};
use crate::error::Unavailable;
use crate::mapping::Dialect;
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::any::AnyRow;

/// One as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenidProvider {
    /// Identifier inside the organization.
    pub id: String,
    /// Who it is by OpenID Connect.
    pub settings: OpenidSettings,
    /// Whether it may be used.
    pub enabled: bool,
    /// Mapping rules as JSON, and their dialect: those of its protocol `oidc`, or its own.
    pub mapping: Option<(String, Dialect)>,
}

/// Who an identity provider is by OpenID Connect.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenidSettings {
    /// `iss` of its tokens.
    pub issuer: String,
    /// Client identifiers that its tokens may be for.
    pub clients: Vec<String>,
    /// Its keys: a JWK set.
    pub keys: String,
    /// What a console needs to send browsers there; none where programs alone bring tokens.
    pub console: Option<Console>,
}

/// How a console sends browsers to an OpenID provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Console {
    /// Where.
    pub authorization_endpoint: String,
    /// With which scope.
    pub scope: String,
    /// How the answer comes back: `form_post` or `fragment`.
    pub response_mode: String,
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
        let row = sqlx::query(
            "select o.*, p.enabled, p.mapping, p.mapping_dialect, m.rules as named_rules, m.dialect as named_dialect \
             from openid_providers o \
             join identity_providers p on p.organization = o.organization and p.id = o.id \
             left join protocols r on r.organization = o.organization and r.provider = o.id and r.id = 'oidc' \
             left join mappings m on m.organization = r.organization and m.id = r.mapping \
             where o.organization = $1 and o.id = $2",
        )
        .bind(organization)
        .bind(id)
        .fetch_optional(self.database.reads())
        .await?;
        Ok(row.as_ref().map(provider).transpose()?)
    }
}

/// Inserts or replaces what an identity provider is by OpenID Connect.
pub(crate) async fn put(
    connection: &mut Connection,
    organization: &str,
    (id, settings): (&str, &OpenidSettings),
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into openid_providers (organization, id, issuer, clients, keys, console) values ($1, $2, $3, $4, $5, $6) \
         on conflict (organization, id) do update set issuer = excluded.issuer, clients = excluded.clients, keys = excluded.keys, \
         console = excluded.console",
    )
    .bind(organization)
    .bind(id)
    .bind(settings.issuer.as_str())
    .bind(json(&settings.clients))
    .bind(settings.keys.as_str())
    .bind(settings.console.as_ref().map(encoded).transpose()?)
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
    let console: Option<&str> = row.try_get("console")?;
    Ok(OpenidProvider {
        id: row.try_get("id")?,
        settings: OpenidSettings {
            issuer: row.try_get("issuer")?,
            clients: list(row, "clients")?,
            keys: row.try_get("keys")?,
            console: console.map(decoded).transpose()?,
        },
        enabled: row.try_get::<i64, _>("enabled")? != 0,
        mapping: rules_of_provider(row)?,
    })
}
