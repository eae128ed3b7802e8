//! What sign-ins ask of telephones.

use super::{Connection, Store, millis, time};
use crate::error::Unavailable;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

/// One question to a telephone, as the store keeps it.
#[derive(Clone, PartialEq, Eq)]
pub struct ApprovalRow {
    /// Identifier.
    pub id: String,
    /// The door at which the sign-in is under way.
    pub door: String,
    /// The person's identifier.
    pub user: String,
    /// The person's user name.
    pub user_name: String,
    /// `push` or `message`.
    pub method: String,
    /// The number to match, or the code that was sent.
    pub sealed: Vec<u8>,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// Until when it may be answered and used.
    pub expires_at: Timestamp,
    /// `waiting`, `approved`, `denied` or `used`.
    pub state: String,
}

impl std::fmt::Debug for ApprovalRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApprovalRow")
            .field("id", &self.id)
            .field("method", &self.method)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// The question of that identifier, whatever became of it.
    pub async fn approval(
        &self,
        organization: &str,
        id: &str,
    ) -> Result<Option<ApprovalRow>, Unavailable> {
        let row = sqlx::query(
            "select a.*, u.name as user_name from approvals a join users u on u.organization = a.organization and u.id = a.user_id \
             where a.organization = $1 and a.id = $2",
        )
        .bind(organization)
        .bind(id)
        .fetch_optional(self.database.reads())
        .await?;
        Ok(row.as_ref().map(approval).transpose()?)
    }

    /// The questions that wait for an answer, the latest first.
    pub async fn waiting_approvals(
        &self,
        organization: &str,
        now: Timestamp,
    ) -> Result<Vec<ApprovalRow>, Unavailable> {
        let rows = sqlx::query(
            "select a.*, u.name as user_name from approvals a join users u on u.organization = a.organization and u.id = a.user_id \
             where a.organization = $1 and a.state = 'waiting' and a.expires_at > $2 order by a.asked_at desc",
        )
        .bind(organization)
        .bind(millis(now))
        .fetch_all(self.database.reads())
        .await?;
        Ok(rows.iter().map(approval).collect::<Result<_, _>>()?)
    }
}

/// Inserts one.
pub(crate) async fn add(
    connection: &mut Connection,
    organization: &str,
    row: &ApprovalRow,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into approvals (organization, id, door, user_id, method, sealed, asked_at, expires_at, state) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(organization)
    .bind(row.id.as_str())
    .bind(row.door.as_str())
    .bind(row.user.as_str())
    .bind(row.method.as_str())
    .bind(row.sealed.as_slice())
    .bind(millis(row.asked_at))
    .bind(millis(row.expires_at))
    .bind(row.state.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

/// Moves one from a state to the next; false if it was in another state. The comparison is in the statement, so that of any
/// number of concurrent answers or sign-ins exactly one succeeds.
pub(crate) async fn advance(
    connection: &mut Connection,
    (organization, id): (&str, &str),
    (from, to): (&str, &str),
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "update approvals set state = $1 where organization = $2 and id = $3 and state = $4",
    )
    .bind(to)
    .bind(organization)
    .bind(id)
    .bind(from)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn purge(connection: &mut Connection, now: i64) -> Result<u64, sqlx::Error> {
    Ok(sqlx::query("delete from approvals where expires_at < $1")
        .bind(now)
        .execute(connection)
        .await?
        .rows_affected())
}

fn approval(row: &AnyRow) -> Result<ApprovalRow, sqlx::Error> {
    Ok(ApprovalRow {
        id: row.try_get("id")?,
        door: row.try_get("door")?,
        user: row.try_get("user_id")?,
        user_name: row.try_get("user_name")?,
        method: row.try_get("method")?,
        sealed: row.try_get("sealed")?,
        asked_at: time(row, "asked_at")?,
        expires_at: time(row, "expires_at")?,
        state: row.try_get("state")?,
    })
}
