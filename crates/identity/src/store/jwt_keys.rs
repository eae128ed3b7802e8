//! Keys that sign our own JWTs, sealed by the vault before they come here.

use super::{Connection, Store, optional_time, time};
use crate::error::Unavailable;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A generation of a key.
#[derive(Clone, PartialEq, Eq)]
pub struct JwtKeyRow {
    /// The door that signs with it.
    pub door: String,
    /// What it signs.
    pub purpose: String,
    /// Its name in headers and in the published set.
    pub kid: String,
    /// PKCS#8, sealed.
    pub sealed: Vec<u8>,
    /// Made, and published since.
    pub created: Timestamp,
    /// Signs from then on, unless a younger one does.
    pub signs_from: Timestamp,
    /// Published until then; none as long as it has no successor.
    pub published_until: Option<Timestamp>,
    /// Of no use since.
    pub killed: Option<Timestamp>,
}

impl std::fmt::Debug for JwtKeyRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JwtKeyRow")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Every generation of an organization's keys, the oldest first; those of one door only, if one is named.
    pub async fn jwt_keys(
        &self,
        organization: &str,
        door: Option<&str>,
    ) -> Result<Vec<JwtKeyRow>, Unavailable> {
        let rows = sqlx::query(
            "select * from jwt_keys where organization = $1 and ($2 = '' or door = $3) order by created_at, kid",
        )
        .bind(organization)
        .bind(door.unwrap_or_default())
        .bind(door.unwrap_or_default())
        .fetch_all(self.database.reads())
        .await?;
        Ok(rows.iter().map(key).collect::<Result<_, sqlx::Error>>()?)
    }
}

/// Adds a generation. With `first`, only where the door has none for that purpose that lives: of two nodes that start together
/// one makes it.
pub(crate) async fn add(
    connection: &mut Connection,
    organization: &str,
    row: &JwtKeyRow,
    first: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into jwt_keys (organization, door, purpose, kid, sealed, created_at, signs_from) \
         select $1, $2, $3, $4, $5, $6, $7 where $8 = 0 or not exists \
         (select 1 from jwt_keys where organization = $9 and door = $10 and purpose = $11 and killed_at is null and signs_from <= $12)",
    )
    .bind(organization)
    .bind(row.door.as_str())
    .bind(row.purpose.as_str())
    .bind(row.kid.as_str())
    .bind(row.sealed.as_slice())
    .bind(super::millis(row.created))
    .bind(super::millis(row.signs_from))
    .bind(i64::from(first))
    .bind(organization)
    .bind(row.door.as_str())
    .bind(row.purpose.as_str())
    .bind(super::millis(row.signs_from))
    .execute(connection)
    .await?;
    Ok(())
}

/// Lets the generations that have no successor yet be published until then, and no longer.
pub(crate) async fn succeed(
    connection: &mut Connection,
    organization: &str,
    (door, purpose): (&str, &str),
    until: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update jwt_keys set published_until = $1 where organization = $2 and door = $3 and purpose = $4 and published_until is null",
    )
    .bind(until)
    .bind(organization)
    .bind(door)
    .bind(purpose)
    .execute(connection)
    .await?;
    Ok(())
}

/// Kills one; false if there is none of that name that lives.
pub(crate) async fn kill(
    connection: &mut Connection,
    organization: &str,
    kid: &str,
    now: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "update jwt_keys set killed_at = $1 where organization = $2 and kid = $3 and killed_at is null",
    )
    .bind(now)
    .bind(organization)
    .bind(kid)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

fn key(row: &AnyRow) -> Result<JwtKeyRow, sqlx::Error> {
    Ok(JwtKeyRow {
        door: row.try_get("door")?,
        purpose: row.try_get("purpose")?,
        kid: row.try_get("kid")?,
        sealed: row.try_get("sealed")?,
        created: time(row, "created_at")?,
        signs_from: time(row, "signs_from")?,
        published_until: optional_time(row, "published_until")?,
        killed: optional_time(row, "killed_at")?,
    })
}
