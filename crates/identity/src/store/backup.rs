//! A copy of the whole database while it is in use, in which nothing lives that could come back to life: what was spent or
//! ended after the copy was made would otherwise be good again on the day when it is put in place of the original.
//!
//! The only queries without an organization: a copy is of all of them.

use super::{Store, millis};
use crate::error::Unavailable;
use jiff::Timestamp;
use std::convert::Infallible;

/// Ends what lives. `$1` is now.
const ENDS: [&str; 6] = [
    "update sessions set ended_at = $1 where ended_at is null",
    "update tokens set revoked_at = $1 where revoked_at is null",
    // They stay on the list of revoked ones, which others read who judge tokens by themselves.
    "update federation_tokens set revoked_at = $1 where revoked_at is null",
    "update grants set revoked_at = $1 where revoked_at is null",
    "update psc_sessions set revoked_at = $1 where revoked_at is null",
    // Whoever starts on the copy tells the providers.
    "update gateway_sessions set ended_at = $1 where ended_at is null",
];
/// What people decided, and what may be spent only once.
const FORGETS: [&str; 3] = [
    "delete from approvals",
    "delete from device_decisions",
    "delete from logouts",
];

impl Store {
    /// Writes a consistent copy to `path`, where there is nothing yet or an empty file. For SQLite: PostgreSQL has `pg_dump`.
    pub async fn copy_into(&self, path: &str) -> Result<(), Unavailable> {
        sqlx::query("vacuum into $1")
            .bind(path)
            .execute(self.database.reads())
            .await?;
        Ok(())
    }

    /// What is wrong with the database, by its own judgement: broken pages, indexes that miss rows, references to nothing.
    pub async fn faults(&self) -> Result<Vec<String>, Unavailable> {
        let mut faults: Vec<String> =
            sqlx::query_scalar("select integrity_check from pragma_integrity_check")
                .fetch_all(self.database.reads())
                .await?;
        faults.retain(|said| said != "ok");
        let dangling: i64 = sqlx::query_scalar("select count(*) from pragma_foreign_key_check")
            .fetch_one(self.database.reads())
            .await?;
        if dangling > 0 {
            faults.push(format!("{dangling} references to nothing"));
        }
        Ok(faults)
    }

    /// Ends every session, token and grant, in every organization; returns how many.
    pub async fn end_everything(&self, now: Timestamp) -> Result<u64, Unavailable> {
        let now = millis(now);
        self.write(move |connection| {
            Box::pin(async move {
                let mut ended = 0;
                for statement in ENDS {
                    let done = sqlx::query(statement).bind(now).execute(&mut *connection);
                    ended += done.await?.rows_affected();
                }
                for statement in FORGETS {
                    sqlx::query(statement).execute(&mut *connection).await?;
                }
                Ok(Ok::<_, Infallible>(ended))
            })
        })
        .await
        .map(|Ok(ended)| ended)
    }
}
