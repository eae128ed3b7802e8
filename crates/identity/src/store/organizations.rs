//! Organizations.

use super::{Connection, Store};
use crate::error::Unavailable;
use sqlx::Row;

impl Store {
    /// The identifiers of all organizations.
    pub async fn organizations(&self) -> Result<Vec<String>, Unavailable> {
        let rows = sqlx::query("select id from organizations order by id")
            .fetch_all(self.database.reads())
            .await?;
        Ok(rows
            .iter()
            .map(|row| row.try_get("id"))
            .collect::<Result<_, _>>()?)
    }

    /// The name of one.
    pub async fn organization(&self, id: &str) -> Result<Option<String>, Unavailable> {
        let row = sqlx::query("select name from organizations where id = $1")
            .bind(id)
            .fetch_optional(self.database.reads())
            .await?;
        Ok(row.map(|row| row.try_get("name")).transpose()?)
    }

    /// The groups whose people may register identity providers.
    pub async fn administrators(&self, id: &str) -> Result<Vec<String>, Unavailable> {
        let row = sqlx::query("select administrators from organizations where id = $1")
            .bind(id)
            .fetch_optional(self.database.reads())
            .await?;
        let groups = row.map(|row| super::list(&row, "administrators"));
        Ok(groups.transpose()?.unwrap_or_default())
    }
}

/// Inserts or replaces one.
pub(crate) async fn put(
    connection: &mut Connection,
    id: &str,
    (name, administrators): (&str, &[String]),
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into organizations (id, name, created_at, administrators) values ($1, $2, $3, $4) \
         on conflict (id) do update set name = excluded.name, administrators = excluded.administrators",
    )
        .bind(id)
        .bind(name)
        .bind(now)
        .bind(super::json(administrators))
        .execute(connection)
        .await?;
    Ok(())
}
