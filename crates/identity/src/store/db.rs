//! Opening a database: SQLite or PostgreSQL.

use super::connection::{Connection, Engine, Reads};
use super::sqlite::{Opening, Readers, Sqlite};
use super::writer::{Shared, Writer};
use crate::error::Unavailable;
use sqlx::AnyPool;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::Migrator;
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Connections for reading, and the way to write.
#[derive(Clone)]
pub(super) struct Database {
    reads: Reads,
    pub(super) writes: Writes,
}

/// How effects reach the disk.
#[derive(Clone)]
pub(super) enum Writes {
    /// SQLite: one writer at a time anyway, so one thread that lets many effects share a commit.
    Grouped(Writer),
    /// PostgreSQL: one transaction per effect; the database groups commits itself.
    Each(AnyPool),
}

/// How long a question waits for a connection before it is answered with "unavailable".
const PATIENCE: Duration = Duration::from_secs(5);
/// Connections to PostgreSQL.
const CONNECTIONS: u32 = 16;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

impl Database {
    pub(super) async fn open(url: &str) -> Result<Self, Unavailable> {
        match url.strip_prefix("sqlite:").map(plain) {
            Some(":memory:") => {
                let mut connection = Sqlite::in_memory()?;
                migrate(&mut connection).await?;
                Self::memory(connection)
            }
            Some(path) => {
                let mut connection = Sqlite::open(path, Opening::Create)?;
                migrate(&mut connection).await?;
                Self::file(path, connection)
            }
            None => {
                let pool = server(url, CONNECTIONS).await?;
                POSTGRES.run(&pool).await.map_err(sqlx::Error::from)?;
                Ok(Self::of_server(pool))
            }
        }
    }

    /// What is there, without creating or migrating anything.
    pub(super) async fn look(url: &str) -> Result<Self, Unavailable> {
        match url.strip_prefix("sqlite:").map(plain) {
            Some(path) => {
                let connection = Sqlite::open(path, Opening::Existing)?;
                Self::file(path, connection)
            }
            None => Ok(Self::of_server(server(url, 1).await?)),
        }
    }

    pub(super) fn reads(&self) -> &Reads {
        &self.reads
    }

    /// Whether questions are answered. On a thread of its own, so that one who does not wait for ever can ask of a disk that hangs.
    pub(super) async fn can_read(&self) -> Result<(), Unavailable> {
        let question = sqlx::query("select id from organizations limit 1");
        match self.reads.clone() {
            Reads::Sqlite(readers) => {
                let asking = tokio::task::spawn_blocking(move || readers.ask(question, 1));
                asking.await.map_err(|error| Unavailable(error.into()))??;
            }
            Reads::Postgres(pool) => drop(question.fetch_optional(&pool).await?),
        }
        Ok(())
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
            Writes::Grouped(writer) => writer.close().await,
            Writes::Each(pool) => pool.close().await,
        }
        if let Reads::Sqlite(readers) = &self.reads {
            readers.close();
        }
    }

    fn file(path: &str, connection: Sqlite) -> Result<Self, Unavailable> {
        Self::of_sqlite(Readers::of_file(path), shared(connection))
    }

    fn memory(connection: Sqlite) -> Result<Self, Unavailable> {
        let connection = shared(connection);
        Self::of_sqlite(Readers::Memory(Arc::clone(&connection)), connection)
    }

    fn of_sqlite(readers: Readers, written: Shared) -> Result<Self, Unavailable> {
        Ok(Self {
            reads: Reads::Sqlite(Arc::new(readers)),
            writes: Writes::Grouped(Writer::start(written)?),
        })
    }

    fn of_server(pool: AnyPool) -> Self {
        Self {
            reads: Reads::Postgres(pool.clone()),
            writes: Writes::Each(pool),
        }
    }
}

async fn migrate(connection: &mut Sqlite) -> Result<(), sqlx::Error> {
    SQLITE
        .run_direct(None, connection, false)
        .await
        .map_err(sqlx::Error::from)
}

async fn server(url: &str, connections: u32) -> Result<AnyPool, sqlx::Error> {
    sqlx::any::install_default_drivers();
    let options = AnyConnectOptions::from_str(url)?;
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .connect_with(options)
        .await
}

/// `sqlite://PATH` means the same as `sqlite:PATH`.
fn plain(path: &str) -> &str {
    path.strip_prefix("//").unwrap_or(path)
}

fn shared(connection: Sqlite) -> Shared {
    Arc::new(Mutex::new(Some(Connection(Engine::Sqlite(connection)))))
}
