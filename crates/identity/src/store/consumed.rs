//! What may be used once.

use super::{Connection, Store};
use crate::error::Unavailable;
use sqlx::Row;

impl Store {
    /// Whether `key` was used. An answer to show, never to decide by: only [`consume`] decides.
    pub async fn is_consumed(
        &self,
        kind: &str,
        organization: &str,
        key: &str,
    ) -> Result<bool, Unavailable> {
        let row = sqlx::query(
            "select key from consumed where kind = $1 and organization = $2 and key = $3",
        )
        .bind(kind)
        .bind(organization)
        .bind(key)
        .fetch_optional(self.database.reads())
        .await?;
        Ok(row.is_some())
    }
}

/// Marks `key` as used until `expires_at`; false if it was used before. Runs in the transaction of the effect that it guards:
/// the other of two transactions waits here, and then finds the row.
pub(crate) async fn consume(
    connection: &mut Connection,
    kind: &'static str,
    organization: &str,
    key: &str,
    expires_at: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("insert into consumed (kind, organization, key, expires_at) values ($1, $2, $3, $4) on conflict do nothing")
        .bind(kind)
        .bind(organization)
        .bind(key)
        .bind(expires_at)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// The same for two kinds at once, each with its key and its end; whether either is fresh.
pub(crate) async fn consume_both(
    connection: &mut Connection,
    organization: &str,
    [first, second]: [(&'static str, &str, i64); 2],
) -> Result<[bool; 2], sqlx::Error> {
    let rows = sqlx::query(
        "insert into consumed (kind, organization, key, expires_at) values ($1, $2, $3, $4), ($5, $6, $7, $8) \
         on conflict do nothing returning kind",
    )
    .bind(first.0)
    .bind(organization)
    .bind(first.1)
    .bind(first.2)
    .bind(second.0)
    .bind(organization)
    .bind(second.1)
    .bind(second.2)
    .fetch_all(connection)
    .await?;
    let fresh = rows.iter().map(|row| row.try_get::<String, _>("kind"));
    let fresh: Vec<String> = fresh.collect::<Result<_, _>>()?;
    Ok([first, second].map(|(kind, ..)| fresh.iter().any(|known| known == kind)))
}

pub(super) async fn purge(connection: &mut Connection, now: i64) -> Result<u64, sqlx::Error> {
    Ok(sqlx::query("delete from consumed where expires_at < $1")
        .bind(now)
        .execute(connection)
        .await?
        .rows_affected())
}
