//! What happened, append only: this file has no update and no delete.

use super::{Connection, Store, millis, time};
use crate::audit::Event;
use crate::error::Unavailable;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

impl Store {
    /// The events of an organization since `since`, oldest first, at most `limit`.
    pub async fn events(
        &self,
        organization: &str,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<Event>, Unavailable> {
        let rows = sqlx::query(
            "select * from audit where organization = $1 and at >= $2 order by at, id limit $3",
        )
        .bind(organization)
        .bind(millis(since))
        .bind(i64::from(limit))
        .fetch_all(self.database.reads())
        .await?;
        Ok(rows.iter().map(event).collect::<Result<_, _>>()?)
    }

    /// The events about one object of an organization: "did you issue this assertion?"
    pub async fn events_about(
        &self,
        organization: &str,
        object: &str,
    ) -> Result<Vec<Event>, Unavailable> {
        let rows = sqlx::query(
            "select * from audit where organization = $1 and object = $2 order by at, id",
        )
        .bind(organization)
        .bind(object)
        .fetch_all(self.database.reads())
        .await?;
        Ok(rows.iter().map(event).collect::<Result<_, _>>()?)
    }
}

/// Appends one event.
pub(crate) async fn append(connection: &mut Connection, event: &Event) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into audit (id, at, kind, organization, actor, object, code, detail, correlation, client) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(event.id.to_string())
    .bind(millis(event.at))
    .bind(event.kind.as_str())
    .bind(event.organization.as_str())
    .bind(event.actor.as_deref())
    .bind(event.object.as_deref())
    .bind(event.code.as_deref())
    .bind(event.detail.as_str())
    .bind(event.correlation.as_str())
    .bind(event.client.as_deref())
    .execute(connection)
    .await?;
    Ok(())
}

fn event(row: &AnyRow) -> Result<Event, sqlx::Error> {
    Ok(Event {
        id: row
            .try_get::<String, _>("id")?
            .parse()
            .map_err(|e| sqlx::Error::Decode(Box::new(e)))?,
        at: time(row, "at")?,
        kind: row.try_get("kind")?,
        organization: row.try_get("organization")?,
        actor: row.try_get("actor")?,
        object: row.try_get("object")?,
        code: row.try_get("code")?,
        detail: row.try_get("detail")?,
        correlation: row.try_get("correlation")?,
        client: row.try_get("client")?,
    })
}
