//! Grants and their tokens. A token is kept as a hash, and until it would have expired even when its grant was revoked.

use super::{Connection, Store, optional_time, time};
use crate::error::Unavailable;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

/// What a token of a grant is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Shown to us by the application: an OAuth access token.
    Access,
    /// Buys the next pair, once.
    Refresh,
    /// A JWT, by its `jti`.
    Jwt,
    /// Buys the next JWT, once: `renewTicketValue`.
    Ticket,
}

impl TokenKind {
    /// As the store spells it.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
            Self::Jwt => "jwt",
            Self::Ticket => "ticket",
        }
    }
}

/// One authorization of one application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Identifier.
    pub id: String,
    /// The application.
    pub application: String,
    /// The person's identifier; none where the application acts for itself.
    pub user: Option<String>,
    /// The session that it came from.
    pub session: Option<String>,
    /// `scope`.
    pub scope: String,
    /// When it was given, in milliseconds.
    pub issued_at: i64,
    /// When everything of it is over, in milliseconds.
    pub expires_at: i64,
}

/// A new token of a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantToken {
    /// What it is for.
    pub kind: TokenKind,
    /// Its hash.
    pub hash: String,
    /// When it is issued, in milliseconds.
    pub issued_at: i64,
    /// When it expires, in milliseconds.
    pub expires_at: i64,
}

/// A person behind a grant or about to give one, with the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// User name.
    pub user_name: String,
    /// Full name.
    pub full_name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// When the person proved who they are.
    pub authenticated_at: Timestamp,
    /// How: an AuthnContextClassRef.
    pub class_ref: String,
    /// When the session ends.
    pub session_expires_at: Timestamp,
    /// When the session went on under another cookie, because the person changed a password or a factor.
    pub session_renewed_at: Option<Timestamp>,
    /// Whether the session goes on and the person may sign in.
    pub live: bool,
}

impl Holder {
    /// Whether what was given in the session at that moment (in milliseconds) and not fetched yet may still be fetched. The change
    /// may have been made because somebody else had the session.
    pub(crate) fn stands_by(&self, given: i64) -> bool {
        self.session_renewed_at
            .is_none_or(|renewed| given >= super::millis(renewed))
    }
}

/// A token with everything that decides whether it is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldToken {
    /// The grant that it belongs to.
    pub grant: Grant,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When it bought its successor.
    pub used_at: Option<Timestamp>,
    /// When its grant was revoked.
    pub revoked_at: Option<Timestamp>,
    /// The person; none where the application acts for itself.
    pub holder: Option<Holder>,
}

impl Store {
    /// The token of that hash and kind, good or not.
    pub async fn grant_token(
        &self,
        organization: &str,
        kind: TokenKind,
        hash: &str,
    ) -> Result<Option<HeldToken>, Unavailable> {
        let row = sqlx::query(
            "select t.issued_at as token_issued_at, t.expires_at as token_expires_at, t.used_at as used_at, g.*, \
             u.name as user_name, u.full_name as full_name, u.email as email, u.disabled_at as disabled_at, \
             s.ended_at as ended_at, s.expires_at as session_expires_at, s.renewed_at as session_renewed_at, s.authenticated_at as authenticated_at, s.class_ref as class_ref \
             from grant_tokens t join grants g on g.organization = t.organization and g.id = t.grant_id \
             left join users u on u.organization = g.organization and u.id = g.user_id \
             left join sessions s on s.organization = g.organization and s.id = g.session_id \
             where t.organization = $1 and t.kind = $2 and t.hash = $3",
        )
        .bind(organization)
        .bind(kind.text())
        .bind(hash)
        .fetch_optional(self.database.reads())
        .await?;
        Ok(row.as_ref().map(held).transpose()?)
    }

    /// The person and session of that identifier.
    pub async fn grant_holder(
        &self,
        organization: &str,
        session: &str,
    ) -> Result<Option<Holder>, Unavailable> {
        let row = sqlx::query(
            "select u.name as user_name, u.full_name as full_name, u.email as email, u.disabled_at as disabled_at, \
             s.ended_at as ended_at, s.expires_at as session_expires_at, s.renewed_at as session_renewed_at, s.authenticated_at as authenticated_at, s.class_ref as class_ref \
             from sessions s join users u on u.organization = s.organization and u.id = s.user_id \
             where s.organization = $1 and s.id = $2",
        )
        .bind(organization)
        .bind(session)
        .fetch_optional(self.database.reads())
        .await?;
        Ok(row.as_ref().map(holder).transpose()?)
    }
}

/// Inserts a grant.
pub(crate) async fn add(
    connection: &mut Connection,
    organization: &str,
    grant: &Grant,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into grants (organization, id, application, user_id, session_id, scope, issued_at, expires_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(organization)
    .bind(grant.id.as_str())
    .bind(grant.application.as_str())
    .bind(grant.user.as_deref())
    .bind(grant.session.as_deref())
    .bind(grant.scope.as_str())
    .bind(grant.issued_at)
    .bind(grant.expires_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// Inserts a token of a grant.
pub(crate) async fn add_token(
    connection: &mut Connection,
    organization: &str,
    grant: &str,
    token: &GrantToken,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into grant_tokens (organization, hash, grant_id, kind, issued_at, expires_at) values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(organization)
    .bind(token.hash.as_str())
    .bind(grant)
    .bind(token.kind.text())
    .bind(token.issued_at)
    .bind(token.expires_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes hold of a grant that is not revoked; false if it is. Whoever revokes it waits, or is waited for: nothing is issued
/// behind the back of a revocation (a refresh and a revocation at the same time).
pub(crate) async fn hold(
    connection: &mut Connection,
    organization: &str,
    id: &str,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("update grants set scope = scope where organization = $1 and id = $2 and revoked_at is null")
        .bind(organization)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Uses up a token; false if it was used before. The comparison is in the statement, so that of any number of concurrent
/// uses exactly one succeeds.
pub(crate) async fn use_up(
    connection: &mut Connection,
    organization: &str,
    hash: &str,
    now: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("update grant_tokens set used_at = $1 where organization = $2 and hash = $3 and used_at is null")
        .bind(now)
        .bind(organization)
        .bind(hash)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Revokes a grant with everything that was issued because of it; false if it was revoked before.
pub(crate) async fn revoke(
    connection: &mut Connection,
    organization: &str,
    id: &str,
    now: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("update grants set revoked_at = $1 where organization = $2 and id = $3 and revoked_at is null")
        .bind(now)
        .bind(organization)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Revokes every grant that a person gave: of all sessions, or of all but one.
pub(crate) async fn revoke_of_user(
    connection: &mut Connection,
    (organization, user): (&str, &str),
    kept_session: Option<&str>,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update grants set revoked_at = $1 where organization = $2 and user_id = $3 and revoked_at is null \
         and (session_id is null or session_id <> $4)",
    )
    .bind(now)
    .bind(organization)
    .bind(user)
    // No session has the empty identifier.
    .bind(kept_session.unwrap_or_default())
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn purge(connection: &mut Connection, now: i64) -> Result<u64, sqlx::Error> {
    let mut rows = sqlx::query("delete from grant_tokens where expires_at < $1")
        .bind(now)
        .execute(&mut *connection)
        .await?
        .rows_affected();
    rows += sqlx::query("delete from grants where expires_at < $1")
        .bind(now)
        .execute(connection)
        .await?
        .rows_affected();
    Ok(rows)
}

fn held(row: &AnyRow) -> Result<HeldToken, sqlx::Error> {
    let user: Option<String> = row.try_get("user_id")?;
    let session: Option<String> = row.try_get("session_id")?;
    // A session that is no longer remembered is over.
    let remembered = row
        .try_get::<Option<i64>, _>("session_expires_at")?
        .is_some();
    let holder = match (&user, remembered) {
        (Some(_), true) => Some(holder(row)?),
        _ => None,
    };
    Ok(HeldToken {
        grant: Grant {
            id: row.try_get("id")?,
            application: row.try_get("application")?,
            user,
            session,
            scope: row.try_get("scope")?,
            issued_at: row.try_get("issued_at")?,
            expires_at: row.try_get("expires_at")?,
        },
        issued_at: time(row, "token_issued_at")?,
        expires_at: time(row, "token_expires_at")?,
        used_at: optional_time(row, "used_at")?,
        revoked_at: optional_time(row, "revoked_at")?,
        holder,
    })
}

fn holder(row: &AnyRow) -> Result<Holder, sqlx::Error> {
    let ended = optional_time(row, "ended_at")?;
    let disabled = optional_time(row, "disabled_at")?;
    Ok(Holder {
        user_name: row.try_get("user_name")?,
        full_name: row.try_get("full_name")?,
        email: row.try_get("email")?,
        authenticated_at: time(row, "authenticated_at")?,
        class_ref: row.try_get("class_ref")?,
        session_expires_at: time(row, "session_expires_at")?,
        session_renewed_at: optional_time(row, "session_renewed_at")?,
        live: ended.is_none() && disabled.is_none(),
    })
}
