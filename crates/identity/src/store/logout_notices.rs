//! Applications that are to be told that a session ended, and how that went.

use super::{Connection, Store, millis};
use crate::error::Unavailable;
use jiff::{SignedDuration, Timestamp};
use sqlx::Row;
use sqlx::any::AnyRow;

/// How long an application is tried to be told.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// One application that is to be told of one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutNotice {
    /// The session.
    pub session: String,
    /// The application.
    pub application: String,
    /// Its name for people.
    pub name: String,
    /// Where it is told.
    pub url: String,
    /// The person's identifier.
    pub user: String,
    /// How often it was tried.
    pub attempts: i64,
    /// Whether it knows.
    pub told: bool,
}

const COLUMNS: &str = "select n.session_id as session_id, n.application as application, n.user_id as user_id, n.attempts as attempts, \
    n.told_at as told_at, a.name as name, o.back_channel_logout as url from logout_notices n \
    join applications a on a.organization = n.organization and a.id = n.application \
    join oauth_applications o on o.organization = n.organization and o.id = n.application \
    where n.organization = $1 and o.back_channel_logout is not null";

impl Store {
    /// The notices of a session, told or not.
    pub async fn logout_notices(
        &self,
        organization: &str,
        session: &str,
    ) -> Result<Vec<LogoutNotice>, Unavailable> {
        let sql = format!("{COLUMNS} and n.session_id = $2 order by a.name, a.id");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(organization)
            .bind(session)
            .fetch_all(self.database.reads())
            .await?;
        Ok(rows.iter().map(notice).collect::<Result<_, _>>()?)
    }

    /// Those whose turn it is, at most `most`.
    pub async fn logout_notices_due(
        &self,
        organization: &str,
        now: Timestamp,
        most: u32,
    ) -> Result<Vec<LogoutNotice>, Unavailable> {
        let sql = format!(
            "{COLUMNS} and n.told_at is null and n.next_at <= $2 and n.expires_at > $3 order by n.next_at limit $4"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(organization)
            .bind(millis(now))
            .bind(millis(now))
            .bind(i64::from(most))
            .fetch_all(self.database.reads())
            .await?;
        Ok(rows.iter().map(notice).collect::<Result<_, _>>()?)
    }
}

/// Writes down who must be told that a session ended: every application that was granted `openid` in it and has an address for
/// it.
pub(crate) async fn owe(
    connection: &mut Connection,
    organization: &str,
    session: &str,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into logout_notices (organization, session_id, application, user_id, attempts, next_at, expires_at) \
         select distinct g.organization, g.session_id, g.application, g.user_id, 0, $1, $2 from grants g \
         join oauth_applications o on o.organization = g.organization and o.id = g.application \
         where g.organization = $3 and g.session_id = $4 and g.user_id is not null and o.back_channel_logout is not null \
         and ' ' || g.scope || ' ' like '% openid %' on conflict do nothing",
    )
    .bind(now)
    .bind(now + KEPT.as_secs() * 1000)
    .bind(organization)
    .bind(session)
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes a turn at one; false if somebody else took it.
pub(crate) async fn take(
    connection: &mut Connection,
    organization: &str,
    notice: &LogoutNotice,
    next_at: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "update logout_notices set attempts = attempts + 1, next_at = $1 where organization = $2 and session_id = $3 and application = $4 \
         and attempts = $5 and told_at is null",
    )
    .bind(next_at)
    .bind(organization)
    .bind(notice.session.as_str())
    .bind(notice.application.as_str())
    .bind(notice.attempts)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes that it knows.
pub(crate) async fn told(
    connection: &mut Connection,
    organization: &str,
    notice: &LogoutNotice,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("update logout_notices set told_at = $1 where organization = $2 and session_id = $3 and application = $4")
        .bind(now)
        .bind(organization)
        .bind(notice.session.as_str())
        .bind(notice.application.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn purge(connection: &mut Connection, now: i64) -> Result<u64, sqlx::Error> {
    Ok(
        sqlx::query("delete from logout_notices where expires_at < $1")
            .bind(now)
            .execute(connection)
            .await?
            .rows_affected(),
    )
}

fn notice(row: &AnyRow) -> Result<LogoutNotice, sqlx::Error> {
    Ok(LogoutNotice {
        session: row.try_get("session_id")?,
        application: row.try_get("application")?,
        name: row.try_get("name")?,
        url: row.try_get("url")?,
        user: row.try_get("user_id")?,
        attempts: row.try_get("attempts")?,
        told: row.try_get::<Option<i64>, _>("told_at")?.is_some(),
    })
}
