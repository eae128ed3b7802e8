//! Addresses from which metadata of peers is fetched again.

use super::{Connection, Store, list, millis, optional_time, time};
use crate::error::Unavailable;
use crate::metadata_sources::{Kept, Kind, MetadataSource};
use jiff::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

/// How many are fetched in one go.
const BATCH: i64 = 64;

impl Store {
    /// Those whose time has come, of every organization: for the task that fetches.
    pub async fn metadata_due(&self, now: Timestamp) -> Result<Vec<MetadataSource>, Unavailable> {
        let rows = sqlx::query(
            "select * from metadata_sources where next_at <= $1 order by next_at limit $2",
        )
        .bind(millis(now))
        .bind(BATCH)
        .fetch_all(self.database.reads())
        .await?;
        Ok(rows.iter().map(source).collect::<Result<_, _>>()?)
    }

    /// All of them, of every organization: for the operator.
    pub async fn metadata_sources(&self) -> Result<Vec<MetadataSource>, Unavailable> {
        let rows = sqlx::query("select * from metadata_sources order by organization, kind, id")
            .fetch_all(self.database.reads())
            .await?;
        Ok(rows.iter().map(source).collect::<Result<_, _>>()?)
    }

    /// The one of a peer.
    pub async fn metadata_source(
        &self,
        organization: &str,
        (kind, id): (Kind, &str),
    ) -> Result<Option<MetadataSource>, Unavailable> {
        let row = sqlx::query(
            "select * from metadata_sources where organization = $1 and kind = $2 and id = $3",
        )
        .bind(organization)
        .bind(kind.name())
        .bind(id)
        .fetch_optional(self.database.reads())
        .await?;
        Ok(row.as_ref().map(source).transpose()?)
    }
}

/// Puts the next time forward; false if somebody else did it first, who then fetches.
pub(crate) async fn claim(
    connection: &mut Connection,
    source: &MetadataSource,
    until: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "update metadata_sources set next_at = $1 where organization = $2 and kind = $3 and id = $4 and next_at = $5",
    )
    .bind(millis(until))
    .bind(source.organization.as_str())
    .bind(source.kind.name())
    .bind(source.id.as_str())
    .bind(millis(source.kept.next_at))
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Writes down how a fetch went; false if the address was declared anew meanwhile.
pub(crate) async fn note(
    connection: &mut Connection,
    source: &MetadataSource,
    kept: &Kept,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "update metadata_sources set etag = $1, last_modified = $2, fetched_at = $3, valid_until = $4, next_at = $5, fault = $6 \
         where organization = $7 and kind = $8 and id = $9 and url = $10 and entity_id = $11",
    )
    .bind(kept.etag.as_deref())
    .bind(kept.last_modified.as_deref())
    .bind(millis(kept.fetched_at))
    .bind(kept.valid_until.map(millis))
    .bind(millis(kept.next_at))
    .bind(kept.fault.as_deref())
    .bind(source.organization.as_str())
    .bind(source.kind.name())
    .bind(source.id.as_str())
    .bind(source.url.as_str())
    .bind(source.entity_id.as_str())
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts new metadata in the place of the old, of the same entity only.
pub(crate) async fn replace(
    connection: &mut Connection,
    source: &MetadataSource,
    metadata: &str,
) -> Result<(), sqlx::Error> {
    let statement = match source.kind {
        Kind::IdentityProvider => {
            "update identity_providers set metadata = $1 where organization = $2 and id = $3 and entity_id = $4"
        }
        Kind::Application => {
            "update applications set metadata = $1 where organization = $2 and id = $3 and entity_id = $4"
        }
        Kind::Issuer => {
            "update openid_providers set keys = $1 where organization = $2 and id = $3 and issuer = $4"
        }
    };
    sqlx::query(statement)
        .bind(metadata)
        .bind(source.organization.as_str())
        .bind(source.id.as_str())
        .bind(source.entity_id.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Inserts or replaces one. What is known of an address that stays is kept.
pub(crate) async fn put(
    connection: &mut Connection,
    source: &MetadataSource,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into metadata_sources (organization, kind, id, url, entity_id, pinned, fetched_at, valid_until, next_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         on conflict (organization, kind, id) do update set url = excluded.url, entity_id = excluded.entity_id, pinned = excluded.pinned, \
         etag = null, last_modified = null, fetched_at = excluded.fetched_at, valid_until = excluded.valid_until, \
         next_at = excluded.next_at, fault = null",
    )
    .bind(source.organization.as_str())
    .bind(source.kind.name())
    .bind(source.id.as_str())
    .bind(source.url.as_str())
    .bind(source.entity_id.as_str())
    .bind(super::json(&source.pinned))
    .bind(millis(source.kept.fetched_at))
    .bind(source.kept.valid_until.map(millis))
    .bind(millis(source.kept.next_at))
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes away those of an organization that are not among `kept`.
pub(crate) async fn retain(
    connection: &mut Connection,
    organization: &str,
    (kind, declared, kept): (Kind, &[&str], &[&str]),
) -> Result<(), sqlx::Error> {
    for id in declared.iter().filter(|id| !kept.contains(id)) {
        sqlx::query(
            "delete from metadata_sources where organization = $1 and kind = $2 and id = $3",
        )
        .bind(organization)
        .bind(kind.name())
        .bind(*id)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

fn source(row: &AnyRow) -> Result<MetadataSource, sqlx::Error> {
    let kind: String = row.try_get("kind")?;
    Ok(MetadataSource {
        organization: row.try_get("organization")?,
        kind: Kind::of(&kind)
            .ok_or_else(|| sqlx::Error::Decode(format!("no kind of peer {kind:?}").into()))?,
        id: row.try_get("id")?,
        url: row.try_get("url")?,
        entity_id: row.try_get("entity_id")?,
        pinned: list(row, "pinned")?,
        kept: Kept {
            etag: row.try_get("etag")?,
            last_modified: row.try_get("last_modified")?,
            fetched_at: time(row, "fetched_at")?,
            valid_until: optional_time(row, "valid_until")?,
            next_at: time(row, "next_at")?,
            fault: row.try_get("fault")?,
        },
    })
}
