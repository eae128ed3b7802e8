//! What people decided about devices, until the device has heard of it.

use super::{Connection, Store};
use crate::error::Unavailable;
use sqlx::Row;

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceDecision {
    /// The application that the person saw.
    pub application: String,
    /// The person's identifier.
    pub user: String,
    /// The session in which the person decided.
    pub session: String,
    /// Whether the device may go on.
    pub approved: bool,
    /// Until when it is remembered, in milliseconds.
    pub expires_at: i64,
}

impl Store {
    /// The decision about a user code.
    pub async fn device_decision(
        &self,
        organization: &str,
        code_hash: &str,
    ) -> Result<Option<DeviceDecision>, Unavailable> {
        let row = sqlx::query(
            "select application, user_id, session_id, approved, expires_at from device_decisions where organization = $1 and code_hash = $2",
        )
        .bind(organization)
        .bind(code_hash)
        .fetch_optional(self.database.reads())
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(DeviceDecision {
            application: row.try_get("application")?,
            user: row.try_get("user_id")?,
            session: row.try_get("session_id")?,
            approved: row.try_get::<i64, _>("approved")? != 0,
            expires_at: row.try_get("expires_at")?,
        }))
    }
}

/// Writes one down; false if the code was decided about before.
pub(crate) async fn add(
    connection: &mut Connection,
    organization: &str,
    code_hash: &str,
    decision: &DeviceDecision,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "insert into device_decisions (organization, code_hash, application, user_id, session_id, approved, expires_at) \
         values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
    )
    .bind(organization)
    .bind(code_hash)
    .bind(decision.application.as_str())
    .bind(decision.user.as_str())
    .bind(decision.session.as_str())
    .bind(i64::from(decision.approved))
    .bind(decision.expires_at)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn purge(connection: &mut Connection, now: i64) -> Result<u64, sqlx::Error> {
    Ok(
        sqlx::query("delete from device_decisions where expires_at < $1")
            .bind(now)
            .execute(connection)
            .await?
            .rows_affected(),
    )
}
