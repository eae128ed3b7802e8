//! The only SQL. This module owns every query and every transaction; it does not decide anything.
//!
//! One file per record. The same SQL runs on SQLite and on PostgreSQL; only [`db`], [`connection`] and [`sqlite`] know which. Every
//! look-up has the organization in its WHERE. What is found is `Some`, what is not found is `None`, and a store that cannot
//! answer is [`Unavailable`]: the three never mix.
//!
//! * [`db`]: opening, migrations · [`connection`]: what queries run on · [`sqlite`]: asked on the spot · [`writer`]: effects, and the commit that many of them share
//! * [`organizations`], [`users`], [`accounts`], [`applications`], [`identity_providers`], [`openid_providers`]: what operators
//!   declare
//! * [`metadata_sources`]: where metadata is fetched again · `declared`: all of that at a glance, `removal`: the end of it
//! * [`keys`], [`jwt_keys`]: our own keys, sealed · [`sessions`], [`participants`], [`logouts`]: single sign-on and its end
//! * [`approvals`]: what sign-ins ask of telephones
//! * [`gateway_sessions`], [`psc_sessions`]: sessions at cloud PSCs, and at our own
//! * [`jwt_applications`], [`oauth_applications`]: settings per protocol · [`grants`]: what applications were granted
//! * [`device_decisions`]: what people decided about devices · [`logout_notices`]: who must be told that a session ended
//! * [`sign_in_history`]: sign-ins that an organization wants remembered
//! * [`resource_servers`]: APIs that may ask about tokens · [`mappings`], [`protocols`]: rules with a name, and where providers use them
//! * [`failures`]: how often in a row somebody was wrong · [`recovery_codes`]: for the day when the telephone is lost
//! * [`tokens`]: bearer tokens · [`federation_tokens`]: those that are scoped later
//! * [`consumed`]: what may be used once · [`audit`]: what happened · `backup`: a copy of it all

mod backup;
mod connection;
mod db;
mod sqlite;
mod writer;

pub mod accounts;
pub mod applications;
pub mod approvals;
pub mod audit;
pub mod consumed;
pub(crate) mod declared;
pub mod device_decisions;
pub mod failures;
pub mod federation_tokens;
pub mod gateway_sessions;
pub mod grants;
pub mod identity_providers;
pub mod jwt_applications;
pub mod jwt_keys;
pub mod keys;
pub mod logout_notices;
pub mod logouts;
pub mod mappings;
pub mod metadata_sources;
pub mod oauth_applications;
pub mod openid_providers;
pub mod organizations;
pub mod participants;
pub mod protocols;
pub mod psc_sessions;
pub mod recovery_codes;
pub(crate) mod removal;
pub mod resource_servers;
pub mod sessions;
pub mod sign_in_history;
pub mod tokens;
pub mod users;

pub use connection::Connection;
pub use writer::{Effect, Written};

use crate::error::Unavailable;
use db::Database;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// The database: SQLite in a file or in memory, or PostgreSQL. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    database: Database,
    // How many effects were written that may have changed what is declared.
    writes: Arc<AtomicU64>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// Opens and migrates. `url` is `sqlite:PATH`, `sqlite::memory:` or `postgres://…`.
    pub async fn open(url: &str) -> Result<Self, Unavailable> {
        Ok(Self {
            database: Database::open(url).await?,
            writes: Arc::default(),
        })
    }

    /// Opens what is there and leaves it as it is: nothing is created, nothing migrated. For whoever only looks.
    pub async fn look(url: &str) -> Result<Self, Unavailable> {
        Ok(Self {
            database: Database::look(url).await?,
            writes: Arc::default(),
        })
    }

    /// Lets what runs finish, and closes. What is asked afterwards is [`Unavailable`].
    pub async fn close(&self) {
        self.database.close().await;
    }

    /// Whether the store answers.
    pub async fn ready(&self) -> Result<(), Unavailable> {
        self.database.can_read().await?;
        self.database.can_write()
    }

    /// Deletes what expired before `now`; returns how many rows.
    pub async fn purge(&self, now: Timestamp) -> Result<u64, Unavailable> {
        let now = millis(now);
        self.write(move |connection| {
            Box::pin(async move {
                let mut rows = consumed::purge(connection, now).await?;
                rows += tokens::purge(connection, now).await?;
                rows += federation_tokens::purge(connection, now).await?;
                rows += grants::purge(connection, now).await?;
                rows += device_decisions::purge(connection, now).await?;
                rows += logout_notices::purge(connection, now).await?;
                rows += logouts::purge(connection, now).await?;
                rows += sessions::purge(connection, now).await?;
                rows += gateway_sessions::purge(connection, now).await?;
                rows += approvals::purge(connection, now).await?;
                rows += psc_sessions::purge(connection, now).await?;
                rows += sign_in_history::purge(connection, now).await?;
                rows += keys::purge(connection, now).await?;
                Ok(Ok::<_, std::convert::Infallible>(rows))
            })
        })
        .await
        .map(|Ok(rows)| rows)
    }
}

/// Whether a text from outside can be in the store at all: PostgreSQL takes no U+0000 and calls it an error, which would turn
/// somebody's input into "unavailable".
fn storable(text: &str) -> bool {
    !text.contains('\0')
}

/// A time as both databases keep it.
pub(crate) fn millis(time: Timestamp) -> i64 {
    time.as_millisecond()
}

/// A time from a column.
fn time(row: &AnyRow, column: &str) -> Result<Timestamp, sqlx::Error> {
    instant(row.try_get(column)?)
}

/// A time from a column that may be null.
fn optional_time(row: &AnyRow, column: &str) -> Result<Option<Timestamp>, sqlx::Error> {
    row.try_get::<Option<i64>, _>(column)?
        .map(instant)
        .transpose()
}

/// A list of texts from a JSON column.
fn list(row: &AnyRow, column: &str) -> Result<Vec<String>, sqlx::Error> {
    decoded(row.try_get(column)?)
}

/// What a JSON column holds.
fn decoded<T: serde::de::DeserializeOwned>(json: &str) -> Result<T, sqlx::Error> {
    serde_json::from_str(json).map_err(|e| sqlx::Error::Decode(e.into()))
}

/// A value for a JSON column.
fn encoded(value: &impl serde::Serialize) -> Result<String, sqlx::Error> {
    serde_json::to_string(value).map_err(|e| sqlx::Error::Encode(e.into()))
}

/// A list of texts as JSON.
fn json(list: &[String]) -> String {
    serde_json::Value::from(list).to_string()
}

fn instant(millis: i64) -> Result<Timestamp, sqlx::Error> {
    Timestamp::from_millisecond(millis).map_err(|e| sqlx::Error::Decode(e.into()))
}
