//! Browser sessions at our identity providers. A cookie is kept as a hash only.

use super::{Connection, Store, logout_notices, millis, optional_time, time};
use crate::error::Unavailable;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A session as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Identifier.
    pub id: String,
    /// The door that opened it; no other door sees it.
    pub door: String,
    /// The person's identifier.
    pub user: String,
    /// The person's user name.
    pub user_name: String,
    /// When the person proved who they are.
    pub authenticated_at: Timestamp,
    /// How.
    pub class_ref: String,
    /// When it ends unless it is used before.
    pub idle_expires_at: Timestamp,
    /// When it ends anyway.
    pub expires_at: Timestamp,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
    /// How the browser named itself when it opened it.
    pub browser: Option<String>,
    /// The address from which it was opened.
    pub client: Option<String>,
    /// When it was last used, to a tenth of the idle time.
    pub last_seen_at: Option<Timestamp>,
}

/// How long an ended or expired session is remembered, so that a late logout of one of its participants still finds it.
const REMEMBERED: i64 = 24 * 60 * 60 * 1000;

impl Store {
    /// The session of a cookie at a door, ended or not, if the person may still sign in.
    pub async fn session_by_cookie(
        &self,
        organization: &str,
        door: &str,
        cookie_hash: &str,
    ) -> Result<Option<SessionRow>, Unavailable> {
        let row = sqlx::query(
            "select s.*, u.name as user_name from sessions s join users u on u.organization = s.organization and u.id = s.user_id \
             where s.organization = $1 and s.door = $2 and s.cookie_hash = $3 and u.disabled_at is null",
        )
        .bind(organization)
        .bind(door)
        .bind(cookie_hash)
        .fetch_optional(self.database.reads())
        .await?;
        Ok(row.as_ref().map(session).transpose()?)
    }

    /// Puts off the idle end of a session.
    pub async fn touch_session(
        &self,
        organization: &str,
        id: &str,
        (now, idle_expires_at): (Timestamp, Timestamp),
    ) -> Result<(), Unavailable> {
        let (organization, id) = (organization.to_owned(), id.to_owned());
        self.record(move |connection| {
            Box::pin(async move {
                sqlx::query("update sessions set idle_expires_at = $1, last_seen_at = $2 where organization = $3 and id = $4 and ended_at is null")
                    .bind(millis(idle_expires_at))
                    .bind(millis(now))
                    .bind(organization)
                    .bind(id)
                    .execute(connection)
                    .await?;
                Ok(Ok::<_, std::convert::Infallible>(()))
            })
        })
        .await
        .map(|Ok(())| ())
    }

    /// The sessions of a person that are alive, at any door of the organization; the last used first.
    pub async fn sessions_of(
        &self,
        organization: &str,
        user: &str,
        now: Timestamp,
    ) -> Result<Vec<SessionRow>, Unavailable> {
        let rows = sqlx::query(
            "select s.*, u.name as user_name from sessions s join users u on u.organization = s.organization and u.id = s.user_id \
             where s.organization = $1 and s.user_id = $2 and s.ended_at is null and s.expires_at > $3 and s.idle_expires_at > $4 \
             order by s.last_seen_at desc, s.id",
        )
        .bind(organization)
        .bind(user)
        .bind(millis(now))
        .bind(millis(now))
        .fetch_all(self.database.reads())
        .await?;
        Ok(rows.iter().map(session).collect::<Result<_, _>>()?)
    }

    /// The applications in which the sessions of a person took part: session and name, in order. A party that is not declared
    /// any more goes by its entity ID.
    pub async fn parties_of(
        &self,
        organization: &str,
        user: &str,
    ) -> Result<Vec<(String, String)>, Unavailable> {
        let rows = sqlx::query(
            "select p.session_id as session_id, coalesce(a.name, p.entity_id) as party from participants p \
             join sessions s on s.organization = p.organization and s.id = p.session_id \
             left join applications a on a.organization = p.organization and a.entity_id = p.entity_id \
             where p.organization = $1 and s.user_id = $2 and s.ended_at is null \
             union select g.session_id as session_id, a.name as party from grants g \
             join applications a on a.organization = g.organization and a.id = g.application \
             where g.organization = $3 and g.user_id = $4 and g.session_id is not null and g.revoked_at is null order by 1, 2",
        )
        .bind(organization)
        .bind(user)
        .bind(organization)
        .bind(user)
        .fetch_all(self.database.reads())
        .await?;
        Ok(rows
            .iter()
            .map(|row| Ok((row.try_get("session_id")?, row.try_get("party")?)))
            .collect::<Result<_, sqlx::Error>>()?)
    }
}

/// Inserts one.
pub(crate) async fn add(
    connection: &mut Connection,
    organization: &str,
    session: &SessionRow,
    cookie_hash: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into sessions (organization, door, id, cookie_hash, user_id, authenticated_at, class_ref, idle_expires_at, expires_at, \
         browser, client, last_seen_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(organization)
    .bind(session.door.as_str())
    .bind(session.id.as_str())
    .bind(cookie_hash)
    .bind(session.user.as_str())
    .bind(millis(session.authenticated_at))
    .bind(session.class_ref.as_str())
    .bind(millis(session.idle_expires_at))
    .bind(millis(session.expires_at))
    .bind(session.browser.as_deref())
    .bind(session.client.as_deref())
    .bind(session.last_seen_at.map(millis))
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether a session is alive, inside a transaction: nobody is vouched for by a session that ends at the same time.
pub(crate) async fn is_live(
    connection: &mut Connection,
    (organization, door): (&str, &str),
    id: &str,
) -> Result<bool, sqlx::Error> {
    let row = sqlx::query(
        "select id from sessions where organization = $1 and door = $2 and id = $3 and ended_at is null",
    )
    .bind(organization)
    .bind(door)
    .bind(id)
    .fetch_optional(connection)
    .await?;
    Ok(row.is_some())
}

/// Ends one; false if it had ended before. Even then this logout takes over who is still to be told: of the one before, a
/// party may never have come back.
pub(crate) async fn end(
    connection: &mut Connection,
    organization: &str,
    id: &str,
    logout: &str,
    now: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("update sessions set ended_at = $1, logout = $2 where organization = $3 and id = $4 and ended_at is null")
        .bind(now)
        .bind(logout)
        .bind(organization)
        .bind(id)
        .execute(&mut *connection)
        .await?;
    if done.rows_affected() == 1 {
        logout_notices::owe(connection, organization, id, now).await?;
        return Ok(true);
    }
    sqlx::query("update sessions set logout = $1 where organization = $2 and id = $3")
        .bind(logout)
        .bind(organization)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(false)
}

/// Ends all of a person: disabled, or with another password or factor.
pub(crate) async fn end_all_of(
    connection: &mut Connection,
    organization: &str,
    user: &str,
    now: i64,
) -> Result<(), sqlx::Error> {
    // No session has an empty identifier.
    end_others_of(connection, (organization, user), "", now).await?;
    Ok(())
}

/// Ends a person's sessions but one.
pub(crate) async fn end_others_of(
    connection: &mut Connection,
    (organization, user): (&str, &str),
    kept: &str,
    now: i64,
) -> Result<u64, sqlx::Error> {
    let ended = sqlx::query("update sessions set ended_at = $1 where organization = $2 and user_id = $3 and id <> $4 and ended_at is null returning id")
        .bind(now)
        .bind(organization)
        .bind(user)
        .bind(kept)
        .fetch_all(&mut *connection)
        .await?;
    for session in &ended {
        let id: String = session.try_get("id")?;
        logout_notices::owe(connection, organization, &id, now).await?;
    }
    Ok(ended.len() as u64)
}

/// Gives a live session another cookie: whoever knew the one before does not have it any more. False if it has ended.
pub(crate) async fn renew(
    connection: &mut Connection,
    (organization, user): (&str, &str),
    (id, cookie_hash): (&str, &str),
    now: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("update sessions set cookie_hash = $1, renewed_at = $2 where organization = $3 and user_id = $4 and id = $5 and ended_at is null")
        .bind(cookie_hash)
        .bind(now)
        .bind(organization)
        .bind(user)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn purge(connection: &mut Connection, now: i64) -> Result<u64, sqlx::Error> {
    let before = now - REMEMBERED;
    sqlx::query("delete from participants where (organization, session_id) in (select organization, id from sessions where expires_at < $1)")
        .bind(before)
        .execute(&mut *connection)
        .await?;
    Ok(sqlx::query("delete from sessions where expires_at < $1")
        .bind(before)
        .execute(connection)
        .await?
        .rows_affected())
}

fn session(row: &AnyRow) -> Result<SessionRow, sqlx::Error> {
    Ok(SessionRow {
        id: row.try_get("id")?,
        door: row.try_get("door")?,
        user: row.try_get("user_id")?,
        user_name: row.try_get("user_name")?,
        authenticated_at: time(row, "authenticated_at")?,
        class_ref: row.try_get("class_ref")?,
        idle_expires_at: time(row, "idle_expires_at")?,
        expires_at: time(row, "expires_at")?,
        ended_at: optional_time(row, "ended_at")?,
        browser: row.try_get("browser")?,
        client: row.try_get("client")?,
        last_seen_at: optional_time(row, "last_seen_at")?,
    })
}
