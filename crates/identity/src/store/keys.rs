//! Our own keys, sealed by the vault before they come here.

use super::{Connection, Store, millis, optional_time, time};
use crate::error::Unavailable;
use crate::keys::{Generation, Holder};
use jiff::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

impl Store {
    /// Every generation of a key, the newest first.
    pub async fn key_generations(
        &self,
        holder: &Holder,
        role: &str,
    ) -> Result<Vec<Generation>, Unavailable> {
        let rows = sqlx::query(
            "select * from keys where organization = $1 and door = $2 and application = $3 and role = $4 order by generation desc",
        )
        .bind(holder.organization.as_str())
        .bind(holder.door.as_str())
        .bind(holder.application.as_str())
        .bind(role)
        .fetch_all(self.database.reads())
        .await?;
        Ok(rows.iter().map(generation).collect::<Result<_, _>>()?)
    }

    /// Every generation of every key of an organization, the newest first within each role of each holder.
    pub async fn keys_of(&self, organization: &str) -> Result<Vec<Generation>, Unavailable> {
        let rows = sqlx::query(
            "select * from keys where organization = $1 order by door, application, role, generation desc",
        )
        .bind(organization)
        .fetch_all(self.database.reads())
        .await?;
        Ok(rows.iter().map(generation).collect::<Result<_, _>>()?)
    }

    /// The certificates of every key that was killed, whoever had it: what is known to be stolen is stolen for everybody.
    pub async fn killed_certificates(&self) -> Result<Vec<Vec<u8>>, Unavailable> {
        let rows = sqlx::query("select certificate from keys where killed_at is not null")
            .fetch_all(self.database.reads())
            .await?;
        Ok(rows
            .iter()
            .map(|row| row.try_get("certificate"))
            .collect::<Result<_, _>>()?)
    }

    /// Keeps a generation unless there is one of that number already: of two nodes that start together, the first wins and
    /// both read its key.
    pub async fn add_key(&self, key: Generation) -> Result<(), Unavailable> {
        self.write(move |connection| {
            Box::pin(async move {
                add(connection, &key).await?;
                Ok(Ok::<_, std::convert::Infallible>(()))
            })
        })
        .await
        .map(|Ok(())| ())
    }
}

/// Inserts a generation unless there is one of that number already.
pub(crate) async fn add(connection: &mut Connection, key: &Generation) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into keys (organization, door, application, role, generation, sealed, certificate, created_at, signs_from) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
    )
    .bind(key.holder.organization.as_str())
    .bind(key.holder.door.as_str())
    .bind(key.holder.application.as_str())
    .bind(key.role.as_str())
    .bind(key.number)
    .bind(key.sealed.as_slice())
    .bind(key.certificate.as_slice())
    .bind(millis(key.created_at))
    .bind(millis(key.signs_from))
    .execute(connection)
    .await?;
    Ok(())
}

/// Lets every older generation than `key` end at `at`, unless it ends before.
pub(crate) async fn retire_before(
    connection: &mut Connection,
    key: &Generation,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update keys set retires_at = $6 where organization = $1 and door = $2 and application = $3 and role = $4 \
         and generation < $5 and (retires_at is null or retires_at > $6)",
    )
    .bind(key.holder.organization.as_str())
    .bind(key.holder.door.as_str())
    .bind(key.holder.application.as_str())
    .bind(key.role.as_str())
    .bind(key.number)
    .bind(millis(at))
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes a key out for good: the private part is wiped, the certificate stays as a warning.
pub(crate) async fn kill(
    connection: &mut Connection,
    key: &Generation,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update keys set killed_at = $6, sealed = $7 where organization = $1 and door = $2 and application = $3 and role = $4 \
         and generation = $5 and killed_at is null",
    )
    .bind(key.holder.organization.as_str())
    .bind(key.holder.door.as_str())
    .bind(key.holder.application.as_str())
    .bind(key.role.as_str())
    .bind(key.number)
    .bind(millis(now))
    .bind([].as_slice())
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes keys that retired. Killed ones stay: nobody may believe them again.
pub(super) async fn purge(connection: &mut Connection, now: i64) -> Result<u64, sqlx::Error> {
    let done = sqlx::query("delete from keys where retires_at <= $1 and killed_at is null")
        .bind(now)
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

fn generation(row: &AnyRow) -> Result<Generation, sqlx::Error> {
    Ok(Generation {
        holder: Holder {
            organization: row.try_get("organization")?,
            door: row.try_get("door")?,
            application: row.try_get("application")?,
        },
        role: row.try_get("role")?,
        number: row.try_get("generation")?,
        sealed: row.try_get("sealed")?,
        certificate: row.try_get("certificate")?,
        created_at: time(row, "created_at")?,
        signs_from: time(row, "signs_from")?,
        retires_at: optional_time(row, "retires_at")?,
        killed_at: optional_time(row, "killed_at")?,
    })
}
