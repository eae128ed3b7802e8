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
}

/// Inserts or renames one.
pub(crate) async fn put(
    connection: &mut Connection,
    id: &str,
    name: &str,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("insert into organizations (id, name, created_at) values ($1, $2, $3) on conflict (id) do update set name = excluded.name")
        .bind(id)
        .bind(name)
        .bind(now)
        .execute(connection)
        .await?;
    Ok(())
}
