//! Bearer tokens. Kept as a hash, and until they would have expired even when revoked.

use super::{Connection, Store, json, list, millis, optional_time, time};
use crate::error::Unavailable;
use crate::tokens::Token;
use jiff::Timestamp;
use saml::messages::NameId;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A token as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// What it says.
    pub token: Token,
    /// The sign-on that it came from; none for a local sign-in.
    pub origin: Option<Origin>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// The sign-on that a token came from: what a logout names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The identity provider (its id here).
    pub provider: String,
    /// NameID.
    pub name_id: NameId,
    /// SessionIndex.
    pub session_index: Option<String>,
}

impl Store {
    /// The token of that hash, revoked or not.
    pub async fn token(
        &self,
        organization: &str,
        hash: &str,
    ) -> Result<Option<TokenRow>, Unavailable> {
        let row = sqlx::query("select * from tokens where organization = $1 and hash = $2")
            .bind(organization)
            .bind(hash)
            .fetch_optional(self.database.reads())
            .await?;
        Ok(row.as_ref().map(token).transpose()?)
    }
}

/// Inserts one.
pub(crate) async fn add(
    connection: &mut Connection,
    hash: &str,
    row: &TokenRow,
) -> Result<(), sqlx::Error> {
    let (token, origin) = (&row.token, row.origin.as_ref());
    sqlx::query(
        "insert into tokens (organization, hash, account, user_name, user_id, full_name, groups, provider, name_id, name_id_format, session_index, \
         issued_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(token.organization.as_str())
    .bind(hash)
    .bind(token.account.as_str())
    .bind(token.user_name.as_str())
    .bind(token.user_id.as_str())
    .bind(token.full_name.as_deref())
    .bind(json(&token.groups))
    .bind(origin.map(|o| o.provider.as_str()))
    .bind(origin.map(|o| o.name_id.value.as_str()))
    .bind(origin.and_then(|o| o.name_id.format.as_deref()))
    .bind(origin.and_then(|o| o.session_index.as_deref()))
    .bind(millis(token.issued))
    .bind(millis(token.expires))
    .execute(connection)
    .await?;
    Ok(())
}

/// Revokes one; false if there is none or it was revoked before.
pub(crate) async fn revoke(
    connection: &mut Connection,
    organization: &str,
    hash: &str,
    now: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("update tokens set revoked_at = $1 where organization = $2 and hash = $3 and revoked_at is null")
        .bind(now)
        .bind(organization)
        .bind(hash)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Revokes all that came from a session at an identity provider; without a SessionIndex, from all sessions of that NameID.
/// Returns their hashes.
pub(crate) async fn revoke_origin(
    connection: &mut Connection,
    organization: &str,
    origin: &Origin,
    now: i64,
) -> Result<Vec<String>, sqlx::Error> {
    let rows = sqlx::query(
        "update tokens set revoked_at = $1 where organization = $2 and provider = $3 and name_id = $4 and revoked_at is null \
         and ($5 = '' or session_index = $6) returning hash",
    )
    .bind(now)
    .bind(organization)
    .bind(origin.provider.as_str())
    .bind(origin.name_id.value.as_str())
    .bind(origin.session_index.as_deref().unwrap_or_default())
    .bind(origin.session_index.as_deref().unwrap_or_default())
    .fetch_all(connection)
    .await?;
    rows.iter().map(|row| row.try_get("hash")).collect()
}

pub(super) async fn purge(connection: &mut Connection, now: i64) -> Result<u64, sqlx::Error> {
    Ok(sqlx::query("delete from tokens where expires_at < $1")
        .bind(now)
        .execute(connection)
        .await?
        .rows_affected())
}

fn token(row: &AnyRow) -> Result<TokenRow, sqlx::Error> {
    let origin = origin(row)?;
    Ok(TokenRow {
        token: Token {
            organization: row.try_get("organization")?,
            account: row.try_get("account")?,
            user_name: row.try_get("user_name")?,
            user_id: row.try_get("user_id")?,
            full_name: row.try_get("full_name")?,
            groups: list(row, "groups")?,
            federated: origin.is_some(),
            issued: time(row, "issued_at")?,
            expires: time(row, "expires_at")?,
        },
        origin,
        revoked_at: optional_time(row, "revoked_at")?,
    })
}

/// The sign-on that a token of either kind came from.
pub(super) fn origin(row: &AnyRow) -> Result<Option<Origin>, sqlx::Error> {
    let provider: Option<String> = row.try_get("provider")?;
    let name_id: Option<String> = row.try_get("name_id")?;
    let format = row.try_get("name_id_format")?;
    let session_index = row.try_get("session_index")?;
    Ok(provider.zip(name_id).map(|(provider, value)| Origin {
        provider,
        name_id: NameId {
            value,
            format,
            name_qualifier: None,
            sp_name_qualifier: None,
        },
        session_index,
    }))
}
