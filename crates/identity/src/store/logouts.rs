//! Single logouts under way at an identity provider of ours.

use super::{Connection, Store};
use crate::error::Unavailable;
use sqlx::Row;
use sqlx::any::AnyRow;

/// Who is to be answered when all participants were asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logout {
    /// Identifier.
    pub id: String,
    /// The door.
    pub door: String,
    /// Entity ID of the relying party that started it; none if it started at our own page.
    pub entity_id: Option<String>,
    /// ID of its request.
    pub request_id: Option<String>,
    /// Its RelayState.
    pub relay_state: Option<String>,
}

impl Store {
    /// A logout under way.
    pub async fn logout(
        &self,
        organization: &str,
        door: &str,
        id: &str,
    ) -> Result<Option<Logout>, Unavailable> {
        let row =
            sqlx::query("select * from logouts where organization = $1 and door = $2 and id = $3")
                .bind(organization)
                .bind(door)
                .bind(id)
                .fetch_optional(self.database.reads())
                .await?;
        Ok(row.as_ref().map(logout).transpose()?)
    }

    /// The logout that ended a session, while it is under way.
    pub async fn logout_of(
        &self,
        organization: &str,
        door: &str,
        session: &str,
    ) -> Result<Option<Logout>, Unavailable> {
        let row = sqlx::query(
            "select l.* from logouts l join sessions s on s.organization = l.organization and s.logout = l.id \
             where l.organization = $1 and l.door = $2 and s.id = $3",
        )
        .bind(organization)
        .bind(door)
        .bind(session)
        .fetch_optional(self.database.reads())
        .await?;
        Ok(row.as_ref().map(logout).transpose()?)
    }
}

/// Inserts one.
pub(crate) async fn add(
    connection: &mut Connection,
    organization: &str,
    logout: &Logout,
    expires_at: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("insert into logouts (organization, id, door, entity_id, request_id, relay_state, expires_at) values ($1, $2, $3, $4, $5, $6, $7)")
        .bind(organization)
        .bind(logout.id.as_str())
        .bind(logout.door.as_str())
        .bind(logout.entity_id.as_deref())
        .bind(logout.request_id.as_deref())
        .bind(logout.relay_state.as_deref())
        .bind(expires_at)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn purge(connection: &mut Connection, now: i64) -> Result<u64, sqlx::Error> {
    Ok(sqlx::query("delete from logouts where expires_at < $1")
        .bind(now)
        .execute(connection)
        .await?
        .rows_affected())
}

fn logout(row: &AnyRow) -> Result<Logout, sqlx::Error> {
    Ok(Logout {
        id: row.try_get("id")?,
        door: row.try_get("door")?,
        entity_id: row.try_get("entity_id")?,
        request_id: row.try_get("request_id")?,
        relay_state: row.try_get("relay_state")?,
    })
}
