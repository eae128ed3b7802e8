//! The protocols by which an identity provider vouches, each with the rules that it uses.

use super::{Connection, Store};
use crate::error::Unavailable;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A protocol of an identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protocol {
    /// Its name, such as `saml`.
    pub id: String,
    /// The rules that it uses.
    pub mapping: String,
}

impl Store {
    /// The protocols of an identity provider.
    pub async fn protocols(
        &self,
        organization: &str,
        provider: &str,
    ) -> Result<Vec<Protocol>, Unavailable> {
        let rows = sqlx::query(
            "select * from protocols where organization = $1 and provider = $2 order by id",
        )
        .bind(organization)
        .bind(provider)
        .fetch_all(self.database.reads())
        .await?;
        Ok(rows
            .iter()
            .map(protocol)
            .collect::<Result<_, sqlx::Error>>()?)
    }
}

/// Inserts or replaces one.
pub(crate) async fn put(
    connection: &mut Connection,
    organization: &str,
    (provider, protocol): (&str, &Protocol),
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into protocols (organization, provider, id, mapping) values ($1, $2, $3, $4) \
         on conflict (organization, provider, id) do update set mapping = excluded.mapping",
    )
    .bind(organization)
    .bind(provider)
    .bind(protocol.id.as_str())
    .bind(protocol.mapping.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes one.
pub(crate) async fn remove(
    connection: &mut Connection,
    organization: &str,
    (provider, id): (&str, &str),
) -> Result<(), sqlx::Error> {
    sqlx::query("delete from protocols where organization = $1 and provider = $2 and id = $3")
        .bind(organization)
        .bind(provider)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

fn protocol(row: &AnyRow) -> Result<Protocol, sqlx::Error> {
    Ok(Protocol {
        id: row.try_get("id")?,
        mapping: row.try_get("mapping")?,
    })
}
