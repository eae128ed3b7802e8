//! Tokens that are scoped after they are issued. Kept as a hash, and until they would have expired even when revoked.

use super::tokens::{Origin, origin};
use super::{Connection, Store, json, list, millis, time};
use crate::error::Unavailable;
use crate::federation::Method;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A token as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FederationTokenRow {
    /// The identifier under which it is known without being shown.
    pub id: String,
    /// Hash of the token that it was scoped from.
    pub parent: Option<String>,
    /// The account that it opens; none if unscoped.
    pub account: Option<String>,
    /// How it was obtained.
    pub method: Method,
    /// Stable identifier of the person.
    pub user_id: String,
    /// Name of the person.
    pub user_name: String,
    /// Identifiers of the person's groups.
    pub groups: Vec<String>,
    /// The identity provider that vouched; none after a local sign-in.
    pub provider: Option<String>,
    /// The sign-on that an unscoped token came from.
    pub origin: Option<Origin>,
    /// By which protocol; none after a local sign-in.
    pub protocol: Option<String>,
    /// Issued.
    pub issued: Timestamp,
    /// Expires.
    pub expires: Timestamp,
}

/// Neither revoked nor expired, and the same of the token that it was scoped from.
const LIVE: &str = "select t.* from federation_tokens t left join federation_tokens p on p.organization = t.organization and p.hash = t.parent \
     where t.organization = $1 and t.hash = $2 and t.revoked_at is null and t.expires_at > $3 \
     and (t.parent is null or (p.revoked_at is null and p.expires_at > $4))";

impl Store {
    /// The token of that hash, if it lives at `now`.
    pub async fn federation_token(
        &self,
        organization: &str,
        hash: &str,
        now: Timestamp,
    ) -> Result<Option<FederationTokenRow>, Unavailable> {
        let row = sqlx::query(LIVE)
            .bind(organization)
            .bind(hash)
            .bind(millis(now))
            .bind(millis(now))
            .fetch_optional(self.database.reads())
            .await?;
        Ok(row.as_ref().map(token).transpose()?)
    }

    /// Identifier and time of issue of tokens that were revoked before they expired: the `most` that were issued last, in that
    /// order.
    pub async fn revoked_federation_tokens(
        &self,
        organization: &str,
        now: Timestamp,
        most: i64,
    ) -> Result<Vec<(String, Timestamp)>, Unavailable> {
        let rows = sqlx::query(
            "select token_id, issued_at from federation_tokens \
             where organization = $1 and revoked_at is not null and expires_at > $2 and token_id is not null \
             order by issued_at desc, token_id limit $3",
        )
        .bind(organization)
        .bind(millis(now))
        .bind(most)
        .fetch_all(self.database.reads())
        .await?;
        let revoked = |row: &AnyRow| Ok((row.try_get("token_id")?, time(row, "issued_at")?));
        Ok(rows
            .iter()
            .map(revoked)
            .collect::<Result<_, sqlx::Error>>()?)
    }
}

/// Whether the token of that hash lives, seen from inside the transaction that depends on it.
pub(crate) async fn is_live(
    connection: &mut Connection,
    organization: &str,
    hash: &str,
    now: i64,
) -> Result<bool, sqlx::Error> {
    let row = sqlx::query(LIVE)
        .bind(organization)
        .bind(hash)
        .bind(now)
        .bind(now)
        .fetch_optional(connection)
        .await?;
    Ok(row.is_some())
}

/// Inserts one.
pub(crate) async fn add(
    connection: &mut Connection,
    organization: &str,
    hash: &str,
    row: &FederationTokenRow,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into federation_tokens (organization, hash, parent, account, method, user_id, user_name, groups, provider, protocol, issued_at, \
         expires_at, token_id, name_id, name_id_format, session_index) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(organization)
    .bind(hash)
    .bind(row.parent.as_deref())
    .bind(row.account.as_deref())
    .bind(row.method.name())
    .bind(row.user_id.as_str())
    .bind(row.user_name.as_str())
    .bind(json(&row.groups))
    .bind(row.provider.as_deref())
    .bind(row.protocol.as_deref())
    .bind(millis(row.issued))
    .bind(millis(row.expires))
    .bind(row.id.as_str())
    .bind(row.origin.as_ref().map(|o| o.name_id.value.as_str()))
    .bind(row.origin.as_ref().and_then(|o| o.name_id.format.as_deref()))
    .bind(row.origin.as_ref().and_then(|o| o.session_index.as_deref()))
    .execute(connection)
    .await?;
    Ok(())
}

/// Revokes all that came from a session at an identity provider; without a SessionIndex, from all sessions of that NameID.
/// Returns how many.
pub(crate) async fn revoke_origin(
    connection: &mut Connection,
    organization: &str,
    origin: &Origin,
    now: i64,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(
        "update federation_tokens set revoked_at = $1 where organization = $2 and provider = $3 and name_id = $4 and revoked_at is null \
         and ($5 = '' or session_index = $6)",
    )
    .bind(now)
    .bind(organization)
    .bind(origin.provider.as_str())
    .bind(origin.name_id.value.as_str())
    .bind(origin.session_index.as_deref().unwrap_or_default())
    .bind(origin.session_index.as_deref().unwrap_or_default())
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Revokes all that an identity provider vouched for.
pub(crate) async fn revoke_provider(
    connection: &mut Connection,
    organization: &str,
    provider: &str,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("update federation_tokens set revoked_at = $1 where organization = $2 and provider = $3 and revoked_at is null")
        .bind(now)
        .bind(organization)
        .bind(provider)
        .execute(connection)
        .await?;
    Ok(())
}

/// Revokes all of one person.
pub(crate) async fn revoke_user(
    connection: &mut Connection,
    organization: &str,
    user_id: &str,
    now: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("update federation_tokens set revoked_at = $1 where organization = $2 and user_id = $3 and revoked_at is null")
        .bind(now)
        .bind(organization)
        .bind(user_id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Revokes one; false if there is none or it was revoked before. What was scoped from it dies with it, because [`LIVE`] asks.
pub(crate) async fn revoke(
    connection: &mut Connection,
    organization: &str,
    hash: &str,
    now: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("update federation_tokens set revoked_at = $1 where organization = $2 and hash = $3 and revoked_at is null")
        .bind(now)
        .bind(organization)
        .bind(hash)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn purge(connection: &mut Connection, now: i64) -> Result<u64, sqlx::Error> {
    Ok(
        sqlx::query("delete from federation_tokens where expires_at < $1")
            .bind(now)
            .execute(connection)
            .await?
            .rows_affected(),
    )
}

fn token(row: &AnyRow) -> Result<FederationTokenRow, sqlx::Error> {
    let method: String = row.try_get("method")?;
    Ok(FederationTokenRow {
        id: row
            .try_get::<Option<String>, _>("token_id")?
            .unwrap_or_default(),
        parent: row.try_get("parent")?,
        account: row.try_get("account")?,
        method: Method::of(&method)
            .ok_or_else(|| sqlx::Error::Decode(format!("no method {method:?}").into()))?,
        user_id: row.try_get("user_id")?,
        user_name: row.try_get("user_name")?,
        groups: list(row, "groups")?,
        provider: row.try_get("provider")?,
        origin: origin(row)?,
        protocol: row.try_get("protocol")?,
        issued: time(row, "issued_at")?,
        expires: time(row, "expires_at")?,
    })
}
