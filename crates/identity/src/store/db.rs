//! Opening a database. The only file that names SQLite or PostgreSQL.

use super::writer::Writer;
use crate::error::Unavailable;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyPool, Executor};
use std::str::FromStr;
use std::time::Duration;

/// Connections for reading, and the way to write.
#[derive(Clone)]
pub(super) struct Database {
    reads: AnyPool,
    pub(super) writes: Writes,
}

/// How effects reach the disk.
#[derive(Clone)]
pub(super) enum Writes {
    /// SQLite: one writer at a time anyway, so one task that lets many effects share a commit.
    Grouped(Writer),
    /// PostgreSQL: one transaction per effect; the database groups commits itself.
    Each(AnyPool),
}

/// What a path keeps as it is.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'.')
    .remove(b'-')
    .remove(b'_');

/// How long a question waits for a connection before it is answered with "unavailable".
const PATIENCE: Duration = Duration::from_secs(5);

/// Connections for reading from SQLite at most, and all connections to PostgreSQL.
const READERS: usize = 8;
const CONNECTIONS: u32 = 16;

/// Connections for reading from SQLite. Each is a thread, which works and rarely waits: more than two for each core only take
/// turns, and each keeps its own copy of the schema in memory.
fn readers() -> u32 {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    u32::try_from((2 * cores).min(READERS)).unwrap_or(1)
}

impl Database {
    pub(super) async fn open(url: &str) -> Result<Self, Unavailable> {
        sqlx::any::install_default_drivers();
        match url.strip_prefix("sqlite:") {
            Some(":memory:") => Self::memory().await,
            Some(path) => Self::file(path).await,
            None => Self::server(url).await,
        }
    }

    /// What is there, without creating or migrating anything.
    pub(super) async fn look(url: &str) -> Result<Self, Unavailable> {
        sqlx::any::install_default_drivers();
        let pool = match url.strip_prefix("sqlite:") {
            Some(path) => sqlite(1).connect_with(in_file(path, "rw")?).await?,
            None => {
                let options = AnyConnectOptions::from_str(url)?;
                let patient = AnyPoolOptions::new().acquire_timeout(PATIENCE);
                patient.max_connections(1).connect_with(options).await?
            }
        };
        Ok(Self {
            reads: pool.clone(),
            writes: Writes::Each(pool),
        })
    }

    pub(super) fn reads(&self) -> &AnyPool {
        &self.reads
    }

    /// Whether effects can be written at all.
    pub(super) fn can_write(&self) -> Result<(), Unavailable> {
        match &self.writes {
            Writes::Grouped(writer) if !writer.is_running() => {
                Err(Unavailable::because("the writer has stopped"))
            }
            _ => Ok(()),
        }
    }

    pub(super) async fn close(&self) {
        match &self.writes {
            Writes::Grouped(writer) => writer.pool.close().await,
            Writes::Each(pool) => pool.close().await,
        }
        self.reads.close().await;
    }

    /// SQLite in a file: readers never wait for the writer (WAL), and a commit is on the disk before it is answered (FULL).
    async fn file(path: &str) -> Result<Self, Unavailable> {
        let options = in_file(path, "rwc")?;
        let writer = sqlite(1).connect_with(options.clone()).await?;
        sqlx::migrate!("migrations/sqlite")
            .run(&writer)
            .await
            .map_err(sqlx::Error::from)?;
        let reads = sqlite(readers()).connect_lazy_with(options);
        Ok(Self {
            reads,
            writes: Writes::Grouped(Writer::start(writer)),
        })
    }

    /// SQLite in memory, for tests and rehearsals: one connection for everything, because each has a database of its own.
    async fn memory() -> Result<Self, Unavailable> {
        let options = AnyConnectOptions::from_str("sqlite::memory:")?;
        let pool = sqlite(1).connect_with(options).await?;
        sqlx::migrate!("migrations/sqlite")
            .run(&pool)
            .await
            .map_err(sqlx::Error::from)?;
        Ok(Self {
            reads: pool.clone(),
            writes: Writes::Grouped(Writer::start(pool)),
        })
    }

    async fn server(url: &str) -> Result<Self, Unavailable> {
        let options = AnyConnectOptions::from_str(url)?;
        let pool = AnyPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .connect_with(options)
            .await?;
        sqlx::migrate!("migrations/postgres")
            .run(&pool)
            .await
            .map_err(sqlx::Error::from)?;
        Ok(Self {
            reads: pool.clone(),
            writes: Writes::Each(pool),
        })
    }
}

fn in_file(path: &str, mode: &str) -> Result<AnyConnectOptions, sqlx::Error> {
    // A path is not a URL: a space, `?` or `%` in it stands for itself.
    let path = utf8_percent_encode(path.strip_prefix("//").unwrap_or(path), PATH);
    AnyConnectOptions::from_str(&format!("sqlite:{path}?mode={mode}"))
}

/// A pool whose connections stay: a database in memory lives as long as its connection.
fn sqlite(connections: u32) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .min_connections(1)
        .max_connections(connections)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(PATIENCE)
        // A file does not go away like a server: asking first whether it is there doubles the cost of every read.
        .test_before_acquire(false)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute("pragma busy_timeout = 5000").await?;
                connection.execute("pragma journal_mode = wal").await?;
                connection.execute("pragma synchronous = full").await?;
                connection.execute("pragma foreign_keys = on").await?;
                Ok(())
            })
        })
}
