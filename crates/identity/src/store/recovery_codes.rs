//! Recovery codes, as keyed fingerprints.

use super::{Connection, Store};
use crate::error::Unavailable;
use sqlx::Row;

impl Store {
    /// Whether a person has a code of that fingerprint, used or not.
    pub async fn has_recovery_code(
        &self,
        organization: &str,
        user: &str,
        fingerprint: &str,
    ) -> Result<bool, Unavailable> {
        let row = sqlx::query(
            "select fingerprint from recovery_codes where organization = $1 and user_id = $2 and fingerprint = $3",
        )
        .bind(organization)
        .bind(user)
        .bind(fingerprint)
        .fetch_optional(self.database.reads())
        .await?;
        Ok(row.is_some())
    }

    /// How many codes a person has left.
    pub async fn recovery_codes_left(
        &self,
        organization: &str,
        user: &str,
    ) -> Result<u64, Unavailable> {
        let row = sqlx::query(
            "select count(*) as left_over from recovery_codes where organization = $1 and user_id = $2 and used_at is null",
        )
        .bind(organization)
        .bind(user)
        .fetch_one(self.database.reads())
        .await?;
        let count: i64 = row.try_get("left_over")?;
        Ok(count.unsigned_abs())
    }
}

/// Replaces all codes of a person; an empty list takes them away.
pub(crate) async fn replace(
    connection: &mut Connection,
    (organization, user): (&str, &str),
    fingerprints: &[String],
) -> Result<(), sqlx::Error> {
    sqlx::query("delete from recovery_codes where organization = $1 and user_id = $2")
        .bind(organization)
        .bind(user)
        .execute(&mut *connection)
        .await?;
    for fingerprint in fingerprints {
        sqlx::query(
            "insert into recovery_codes (organization, user_id, fingerprint) values ($1, $2, $3)",
        )
        .bind(organization)
        .bind(user)
        .bind(fingerprint.as_str())
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Uses a code up; false if it was used before. The comparison is in the statement, so that of any number of concurrent uses
/// exactly one succeeds.
pub(crate) async fn use_up(
    connection: &mut Connection,
    (organization, user): (&str, &str),
    fingerprint: &str,
    now: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "update recovery_codes set used_at = $1 where organization = $2 and user_id = $3 and fingerprint = $4 and used_at is null",
    )
    .bind(now)
    .bind(organization)
    .bind(user)
    .bind(fingerprint)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}
