//! Sessions that the gateway opened at cloud PSCs.

use super::{Connection, Store, millis, optional_time, time};
use crate::error::Unavailable;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A session as the store keeps it. Debug does not show the token.
#[derive(Clone, PartialEq, Eq)]
pub struct GatewaySession {
    /// SHA-256 of the access token.
    pub hash: String,
    /// Provider (its id).
    pub provider: String,
    /// Holder; none for a token that named none.
    pub holder: Option<String>,
    /// The access token, sealed.
    pub token: Vec<u8>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// Whether it ends with the transaction that opened it.
    pub auto_revoke: bool,
    /// Until when a live process answers for that transaction.
    pub held_until: Timestamp,
    /// Dead for us since.
    pub ended_at: Option<Timestamp>,
}

impl std::fmt::Debug for GatewaySession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GatewaySession")
            .field("provider", &self.provider)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// The session of that hash, ended or not.
    pub async fn gateway_session(
        &self,
        organization: &str,
        hash: &str,
    ) -> Result<Option<GatewaySession>, Unavailable> {
        let row =
            sqlx::query("select * from gateway_sessions where organization = $1 and hash = $2")
                .bind(organization)
                .bind(hash)
                .fetch_optional(self.database.reads())
                .await?;
        Ok(row.as_ref().map(session).transpose()?)
    }

    /// Sessions that should be dead at their provider and are not known to be: ended here, or left by a process that is gone.
    pub async fn gateway_sessions_left_open(
        &self,
        organization: &str,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<GatewaySession>, Unavailable> {
        let rows = sqlx::query(
            "select * from gateway_sessions where organization = $1 and revoked_at is null and expires_at > $2 \
             and (ended_at is not null or auto_revoke = 1) and held_until < $3 order by held_until limit $4",
        )
        .bind(organization)
        .bind(millis(now))
        .bind(millis(now))
        .bind(i64::from(limit))
        .fetch_all(self.database.reads())
        .await?;
        Ok(rows.iter().map(session).collect::<Result<_, _>>()?)
    }
}

/// Inserts one; false if the provider gave out a token that it gave out before.
pub(crate) async fn add(
    connection: &mut Connection,
    organization: &str,
    row: &GatewaySession,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "insert into gateway_sessions (organization, hash, provider, holder, token, opened_at, expires_at, auto_revoke, held_until) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
    )
    .bind(organization)
    .bind(row.hash.as_str())
    .bind(row.provider.as_str())
    .bind(row.holder.as_deref())
    .bind(row.token.as_slice())
    .bind(millis(row.opened_at))
    .bind(millis(row.expires_at))
    .bind(i64::from(row.auto_revoke))
    .bind(millis(row.held_until))
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Marks one as dead for us, and answered for until `held_until` by whoever tells its provider.
pub(crate) async fn end(
    connection: &mut Connection,
    organization: &str,
    hash: &str,
    (now, held_until): (i64, i64),
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update gateway_sessions set ended_at = coalesce(ended_at, $1), held_until = $2 where organization = $3 and hash = $4",
    )
    .bind(now)
    .bind(held_until)
    .bind(organization)
    .bind(hash)
    .execute(connection)
    .await?;
    Ok(())
}

/// Marks one as dead at its provider.
pub(crate) async fn revoked(
    connection: &mut Connection,
    organization: &str,
    hash: &str,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update gateway_sessions set ended_at = coalesce(ended_at, $1), revoked_at = $2 where organization = $3 and hash = $4",
    )
    .bind(now)
    .bind(now)
    .bind(organization)
    .bind(hash)
    .execute(connection)
    .await?;
    Ok(())
}

/// Answers for open transactions until `held_until`.
pub(crate) async fn hold(
    connection: &mut Connection,
    organization: &str,
    hashes: &[String],
    held_until: i64,
) -> Result<(), sqlx::Error> {
    for hash in hashes {
        sqlx::query("update gateway_sessions set held_until = $1 where organization = $2 and hash = $3 and held_until < $4")
            .bind(held_until)
            .bind(organization)
            .bind(hash.as_str())
            .bind(held_until)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

pub(super) async fn purge(connection: &mut Connection, now: i64) -> Result<u64, sqlx::Error> {
    Ok(
        sqlx::query("delete from gateway_sessions where expires_at < $1")
            .bind(now)
            .execute(connection)
            .await?
            .rows_affected(),
    )
}

fn session(row: &AnyRow) -> Result<GatewaySession, sqlx::Error> {
    Ok(GatewaySession {
        hash: row.try_get("hash")?,
        provider: row.try_get("provider")?,
        holder: row.try_get("holder")?,
        token: row.try_get("token")?,
        opened_at: time(row, "opened_at")?,
        expires_at: time(row, "expires_at")?,
        auto_revoke: row.try_get::<i64, _>("auto_revoke")? == 1,
        held_until: time(row, "held_until")?,
        ended_at: optional_time(row, "ended_at")?,
    })
}
