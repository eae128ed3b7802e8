//! Failures in a row: for each person and each proof how many, and until when nothing is judged. The person '' stands for
//! everybody whom nobody knows.

use super::{Connection, Store, optional_time, time};
use crate::error::Unavailable;
use jiff::Timestamp;
use sqlx::Row;

/// What can be guessed, each counted for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The password.
    Password,
    /// A code behind a right password.
    Code,
    /// A code without a password: at our PSC.
    CodeAlone,
}

impl Proof {
    /// As stored and printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code => "code",
            Self::CodeAlone => "code-alone",
        }
    }
}

/// What is counted of one proof of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// A digest of what would have been right.
    pub credential: String,
    /// Until when nothing is judged.
    pub closed_until: Option<Timestamp>,
}

/// Somebody with failures, for an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    /// User name.
    pub user_name: String,
    /// Of what: `password`, `code`, `code-alone`.
    pub proof: String,
    /// How many in a row.
    pub failures: i64,
    /// The last of them.
    pub last_at: Timestamp,
    /// Until when nothing is judged, if that is so.
    pub closed_until: Option<Timestamp>,
}

/// Organization, person, proof.
pub(crate) type Key<'a> = (&'a str, &'a str, Proof);

impl Store {
    /// What was counted.
    pub async fn failures(
        &self,
        organization: &str,
        user: &str,
        proof: Proof,
    ) -> Result<Option<Counted>, Unavailable> {
        let row = sqlx::query(
            "select credential, closed_until from failures where organization = $1 and user_id = $2 and proof = $3",
        )
        .bind(organization)
        .bind(user)
        .bind(proof.name())
        .fetch_optional(self.database.reads())
        .await?;
        let counted = row.map(|row| {
            Ok::<_, sqlx::Error>(Counted {
                credential: row.try_get("credential")?,
                closed_until: optional_time(&row, "closed_until")?,
            })
        });
        Ok(counted.transpose()?)
    }

    /// Everybody with failures.
    pub async fn failing(&self, organization: &str) -> Result<Vec<Failing>, Unavailable> {
        let rows = sqlx::query(
            "select u.name as name, f.proof as proof, f.failures as failures, f.last_at as last_at, f.closed_until as closed_until \
             from failures f join users u on u.organization = f.organization and u.id = f.user_id \
             where f.organization = $1 order by u.name, f.proof",
        )
        .bind(organization)
        .fetch_all(self.database.reads())
        .await?;
        let failing = rows.iter().map(|row| {
            Ok::<_, sqlx::Error>(Failing {
                user_name: row.try_get("name")?,
                proof: row.try_get("proof")?,
                failures: row.try_get("failures")?,
                last_at: time(row, "last_at")?,
                closed_until: optional_time(row, "closed_until")?,
            })
        });
        Ok(failing.collect::<Result<_, _>>()?)
    }
}

/// Counts one more; those of another credential do not count any more. How many they are now.
pub(crate) async fn add(
    connection: &mut Connection,
    (organization, user, proof): Key<'_>,
    (credential, now): (&str, i64),
) -> Result<i64, sqlx::Error> {
    let row = sqlx::query(
        "insert into failures (organization, user_id, proof, credential, failures, last_at) values ($1, $2, $3, $4, 1, $5) \
         on conflict (organization, user_id, proof) do update set \
         failures = case when failures.credential = excluded.credential then failures.failures + 1 else 1 end, \
         closed_until = case when failures.credential = excluded.credential then failures.closed_until else null end, \
         credential = excluded.credential, last_at = excluded.last_at returning failures",
    )
    .bind(organization)
    .bind(user)
    .bind(proof.name())
    .bind(credential)
    .bind(now)
    .fetch_one(connection)
    .await?;
    row.try_get("failures")
}

/// Nothing is judged until then.
pub(crate) async fn close(
    connection: &mut Connection,
    (organization, user, proof): Key<'_>,
    until: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("update failures set closed_until = $1 where organization = $2 and user_id = $3 and proof = $4")
        .bind(until)
        .bind(organization)
        .bind(user)
        .bind(proof.name())
        .execute(connection)
        .await?;
    Ok(())
}

/// Forgets those of one proof; false if it is closed.
pub(crate) async fn forgive(
    connection: &mut Connection,
    (organization, user, proof): Key<'_>,
    now: i64,
) -> Result<bool, sqlx::Error> {
    sqlx::query(
        "delete from failures where organization = $1 and user_id = $2 and proof = $3 and coalesce(closed_until, 0) <= $4",
    )
    .bind(organization)
    .bind(user)
    .bind(proof.name())
    .bind(now)
    .execute(&mut *connection)
    .await?;
    let left = sqlx::query(
        "select failures from failures where organization = $1 and user_id = $2 and proof = $3",
    )
    .bind(organization)
    .bind(user)
    .bind(proof.name())
    .fetch_optional(connection)
    .await?;
    Ok(left.is_none())
}

/// Forgets all of one person.
pub(crate) async fn forget(
    connection: &mut Connection,
    organization: &str,
    user: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("delete from failures where organization = $1 and user_id = $2")
        .bind(organization)
        .bind(user)
        .execute(connection)
        .await?;
    Ok(())
}
