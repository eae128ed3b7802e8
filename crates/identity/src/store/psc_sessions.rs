//! Sessions that our own PSC opened for people of ours.

use super::{Connection, Store, millis, optional_time, time};
use crate::error::Unavailable;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A session as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PscSession {
    /// The person.
    pub user: String,
    /// The person's name as they gave it: a CPF or CNPJ.
    pub holder: String,
    /// What it was opened for.
    pub scope: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it was revoked, or used up.
    pub revoked_at: Option<Timestamp>,
    /// Hash of the authorization code that opened it, where one did.
    pub code: Option<String>,
}

impl Store {
    /// The session of that hash, revoked or not.
    pub async fn psc_session(
        &self,
        organization: &str,
        hash: &str,
    ) -> Result<Option<PscSession>, Unavailable> {
        let row = sqlx::query("select * from psc_sessions where organization = $1 and hash = $2")
            .bind(organization)
            .bind(hash)
            .fetch_optional(self.database.reads())
            .await?;
        Ok(row.as_ref().map(session).transpose()?)
    }
}

/// Inserts one.
pub(crate) async fn add(
    connection: &mut Connection,
    organization: &str,
    (hash, row): (&str, &PscSession),
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into psc_sessions (organization, hash, user_id, holder, scope, opened_at, expires_at, code) values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(organization)
    .bind(hash)
    .bind(row.user.as_str())
    .bind(row.holder.as_str())
    .bind(row.scope.as_str())
    .bind(millis(row.opened_at))
    .bind(millis(row.expires_at))
    .bind(row.code.as_deref())
    .execute(connection)
    .await?;
    Ok(())
}

/// Revokes one; false if there is none or it was revoked before.
pub(crate) async fn revoke(
    connection: &mut Connection,
    organization: &str,
    hash: &str,
    now: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "update psc_sessions set revoked_at = $1 where organization = $2 and hash = $3 and revoked_at is null",
    )
    .bind(now)
    .bind(organization)
    .bind(hash)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Revokes what an authorization code opened.
pub(crate) async fn revoke_of_code(
    connection: &mut Connection,
    organization: &str,
    code: &str,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update psc_sessions set revoked_at = $1 where organization = $2 and code = $3 and revoked_at is null",
    )
    .bind(now)
    .bind(organization)
    .bind(code)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn purge(connection: &mut Connection, now: i64) -> Result<u64, sqlx::Error> {
    Ok(
        sqlx::query("delete from psc_sessions where expires_at < $1")
            .bind(now)
            .execute(connection)
            .await?
            .rows_affected(),
    )
}

fn session(row: &AnyRow) -> Result<PscSession, sqlx::Error> {
    Ok(PscSession {
        user: row.try_get("user_id")?,
        holder: row.try_get("holder")?,
        scope: row.try_get("scope")?,
        opened_at: time(row, "opened_at")?,
        expires_at: time(row, "expires_at")?,
        revoked_at: optional_time(row, "revoked_at")?,
        code: row.try_get("code")?,
    })
}
