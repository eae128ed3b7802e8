//! Sign-ins that an organization remembers, and which it wants remembered.

use super::{Connection, Store, json, list, time};
use crate::error::Unavailable;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;

/// What an organization wants remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistorySettings {
    /// For how many days.
    pub days: u32,
    /// Of how many people at most.
    pub people: u32,
    /// Attributes whose values are kept as they are.
    pub attributes: Vec<String>,
}

/// The last sign-in of a person through a provider.
#[derive(Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The provider.
    pub provider: String,
    /// The protocol.
    pub protocol: String,
    /// The stable identifier of the person.
    pub person: String,
    /// When.
    pub at: Timestamp,
    /// Attributes, redacted and sealed.
    pub sealed: Vec<u8>,
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn")
            .field("person", &self.person)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// What the organization wants remembered; none if nothing.
    pub async fn history_settings(
        &self,
        organization: &str,
    ) -> Result<Option<HistorySettings>, Unavailable> {
        let row = sqlx::query("select * from sign_in_history_settings where organization = $1")
            .bind(organization)
            .fetch_optional(self.database.reads())
            .await?;
        Ok(row.as_ref().map(settings).transpose()?)
    }

    /// Sign-ins through that provider that may still be remembered, the last one first.
    pub async fn sign_ins(
        &self,
        organization: &str,
        provider: &str,
        now: Timestamp,
    ) -> Result<Vec<SignIn>, Unavailable> {
        let rows = sqlx::query(
            "select * from sign_in_history where organization = $1 and provider = $2 and expires_at > $3 order by at desc, person",
        )
        .bind(organization)
        .bind(provider)
        .bind(super::millis(now))
        .fetch_all(self.database.reads())
        .await?;
        Ok(rows.iter().map(sign_in).collect::<Result<_, _>>()?)
    }
}

/// Remembers a sign-in instead of the one before, until `expires_at`, and forgets the oldest beyond `people`.
pub(crate) async fn remember(
    connection: &mut Connection,
    organization: &str,
    sign_in: &SignIn,
    (expires_at, people): (i64, u32),
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into sign_in_history (organization, provider, protocol, person, at, expires_at, sealed) values ($1, $2, $3, $4, $5, $6, $7) \
         on conflict (organization, provider, protocol, person) do update set at = excluded.at, expires_at = excluded.expires_at, sealed = excluded.sealed",
    )
    .bind(organization)
    .bind(sign_in.provider.as_str())
    .bind(sign_in.protocol.as_str())
    .bind(sign_in.person.as_str())
    .bind(super::millis(sign_in.at))
    .bind(expires_at)
    .bind(sign_in.sealed.as_slice())
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "delete from sign_in_history where organization = $1 and at <= \
         (select at from sign_in_history where organization = $2 order by at desc limit 1 offset $3)",
    )
    .bind(organization)
    .bind(organization)
    .bind(i64::from(people))
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes what is wanted; without settings, everything that was remembered is forgotten.
pub(crate) async fn put_settings(
    connection: &mut Connection,
    organization: &str,
    settings: Option<&HistorySettings>,
) -> Result<(), sqlx::Error> {
    let Some(settings) = settings else {
        for statement in [
            "delete from sign_in_history_settings where organization = $1",
            "delete from sign_in_history where organization = $1",
        ] {
            sqlx::query(statement)
                .bind(organization)
                .execute(&mut *connection)
                .await?;
        }
        return Ok(());
    };
    sqlx::query(
        "insert into sign_in_history_settings (organization, days, people, attributes) values ($1, $2, $3, $4) \
         on conflict (organization) do update set days = excluded.days, people = excluded.people, attributes = excluded.attributes",
    )
    .bind(organization)
    .bind(i64::from(settings.days))
    .bind(i64::from(settings.people))
    .bind(json(&settings.attributes))
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn purge(connection: &mut Connection, now: i64) -> Result<u64, sqlx::Error> {
    Ok(
        sqlx::query("delete from sign_in_history where expires_at < $1")
            .bind(now)
            .execute(connection)
            .await?
            .rows_affected(),
    )
}

fn settings(row: &AnyRow) -> Result<HistorySettings, sqlx::Error> {
    let count = |column: &str| {
        let count: i64 = row.try_get(column)?;
        u32::try_from(count).map_err(|e| sqlx::Error::Decode(e.into()))
    };
    Ok(HistorySettings {
        days: count("days")?,
        people: count("people")?,
        attributes: list(row, "attributes")?,
    })
}

fn sign_in(row: &AnyRow) -> Result<SignIn, sqlx::Error> {
    Ok(SignIn {
        provider: row.try_get("provider")?,
        protocol: row.try_get("protocol")?,
        person: row.try_get("person")?,
        at: time(row, "at")?,
        sealed: row.try_get("sealed")?,
    })
}
