//! SQLite, asked where the question comes up: on the thread that asks, by a plain call.
//!
//! A look-up in SQLite takes microseconds. A thread of its own for every connection, as asynchronous drivers have it, costs two
//! changes of threads for each of them, which is several times the look-up. The one thing that waits for a disk, a commit, has
//! a thread of its own: [`super::writer`].
//!
//! Questions and rows keep the types of sqlx's `Any`, so that the same queries run here and on PostgreSQL.
//!
//! * [`plan`]: what is known of a statement before it runs, and the values that go in and come out
//! * [`readers`]: connections for whoever asks · [`migrations`]: the tables as this version wants them

mod migrations;
mod plan;
mod readers;
#[cfg(test)]
mod tests;

pub(super) use readers::Readers;

use plan::{Bound, Plan};
use rusqlite::{ErrorCode, OpenFlags, Statement, ffi};
use sqlx::any::{AnyArguments, AnyQueryResult, AnyRow};
use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::{Any, Execute};
use sqlx_core::HashMap;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

/// How long a statement waits for another process that writes.
const PATIENCE: Duration = Duration::from_secs(5);
/// Statements that stay prepared on a connection: as many as there are.
const PREPARED: usize = 512;
/// Rows that a question may find, where it may find any number.
pub(super) const ALL: usize = usize::MAX;

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// Made where there is none.
    Create,
    /// Only if it is there.
    Existing,
}

/// A connection.
pub(crate) struct Sqlite {
    connection: rusqlite::Connection,
    plans: HashMap<Box<str>, Arc<Plan>>,
}

impl std::fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sqlite").finish_non_exhaustive()
    }
}

/// What a statement gave.
pub(super) struct Given {
    pub(super) rows: Vec<AnyRow>,
    changed: u64,
}

impl Given {
    pub(super) fn result(&self) -> AnyQueryResult {
        AnyQueryResult {
            rows_affected: self.changed,
            last_insert_id: None,
        }
    }
}

impl Sqlite {
    /// A database in a file: readers never wait for the writer (WAL), and a commit is on the disk before it is answered (FULL).
    pub(super) fn open(path: &str, opening: Opening) -> Result<Self, sqlx::Error> {
        if path.is_empty() {
            // To SQLite, a database that is gone with its connection.
            let nameless = "a database needs the path of a file";
            return Err(sqlx::Error::Configuration(nameless.into()));
        }
        // A path is no URL, whatever it begins with.
        let path = if path.starts_with("file:") {
            format!("./{path}")
        } else {
            path.to_owned()
        };
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        flags.set(OpenFlags::SQLITE_OPEN_CREATE, opening == Opening::Create);
        rusqlite::Connection::open_with_flags(path, flags)
            .and_then(Self::set_up)
            .map_err(failed)
    }

    /// A database of its own, which goes with the connection.
    pub(super) fn in_memory() -> Result<Self, sqlx::Error> {
        rusqlite::Connection::open_in_memory()
            .and_then(Self::set_up)
            .map_err(failed)
    }

    fn set_up(connection: rusqlite::Connection) -> Result<Self, rusqlite::Error> {
        connection.set_prepared_statement_cache_capacity(PREPARED);
        connection.busy_timeout(PATIENCE)?;
        keep_a_log(&connection)?;
        connection.execute_batch("pragma synchronous = full; pragma foreign_keys = on")?;
        Ok(Self {
            connection,
            plans: HashMap::new(),
        })
    }

    /// Runs a question as sqlx states it; with no more than so many rows of what it finds.
    pub(super) fn ask<'q>(
        &mut self,
        mut question: impl Execute<'q, Any>,
        at_most: usize,
    ) -> Result<Given, sqlx::Error> {
        let arguments = question.take_arguments().map_err(sqlx::Error::Encode)?;
        let sql = question.sql();
        match arguments {
            Some(arguments) => self.run(sql.as_str(), &arguments, at_most),
            // Statements of ours, one after the other.
            None => self.connection.execute_batch(sql.as_str()).map(|()| Given {
                rows: Vec::new(),
                changed: 0,
            }),
        }
        .map_err(failed)
    }

    /// A statement of ours that neither takes nor gives anything.
    pub(super) fn step(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        self.run(sql, &AnyArguments::default(), 0)
            .map(drop)
            .map_err(failed)
    }

    /// Whether a transaction is open.
    pub(super) fn is_in_transaction(&self) -> bool {
        !self.connection.is_autocommit()
    }

    fn run(
        &mut self,
        sql: &str,
        arguments: &AnyArguments,
        at_most: usize,
    ) -> Result<Given, rusqlite::Error> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut plan = match self.plans.get(sql) {
            Some(plan) => Arc::clone(plan),
            None => remembered(&mut self.plans, sql, &statement),
        };
        for (at, argument) in plan.arguments(arguments).enumerate() {
            statement.raw_bind_parameter(at + 1, Bound(argument))?;
        }
        let reads = statement.readonly();
        let mut found = statement.raw_query();
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            // Where another process has migrated meanwhile, the first step prepares the statement anew: `select *` of a table with
            // one more column has other columns from then on.
            if !plan.is_of(row.as_ref()) {
                plan = remembered(&mut self.plans, sql, row.as_ref());
            }
            if rows.len() < at_most {
                rows.push(plan.row(row)?);
            } else if reads {
                break;
            }
            // What writes goes on to its end, where it may still fail.
        }
        drop(found);
        drop(statement);
        let changed = if reads { 0 } else { self.connection.changes() };
        Ok(Given { rows, changed })
    }
}

/// Readers never wait for the writer. Of two processes that make a database at the same moment, SQLite sends one away at once.
fn keep_a_log(connection: &rusqlite::Connection) -> Result<(), rusqlite::Error> {
    const PAUSE: Duration = Duration::from_millis(10);
    let is_busy =
        |error: &rusqlite::Error| error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy);
    let mut pauses = PATIENCE.as_millis() / PAUSE.as_millis();
    loop {
        match connection.execute_batch("pragma journal_mode = wal") {
            Err(error) if is_busy(&error) && pauses > 0 => {
                pauses -= 1;
                std::thread::sleep(PAUSE);
            }
            kept => return kept,
        }
    }
}

fn remembered(
    plans: &mut HashMap<Box<str>, Arc<Plan>>,
    sql: &str,
    statement: &Statement<'_>,
) -> Arc<Plan> {
    let plan = Arc::new(Plan::of(statement));
    plans.insert(sql.into(), Arc::clone(&plan));
    plan
}

/// What SQLite says, as sqlx says what a database says.
#[derive(Debug, thiserror::Error)]
#[error("(code: {code}) {message}")]
struct Failed {
    /// SQLite's extended result code.
    code: i32,
    message: String,
}

fn failed(error: rusqlite::Error) -> sqlx::Error {
    match error {
        rusqlite::Error::SqliteFailure(failure, message) => {
            sqlx::Error::Database(Box::new(Failed {
                code: failure.extended_code,
                message: message.unwrap_or_else(|| failure.to_string()),
            }))
        }
        other => sqlx::Error::Decode(other.into()),
    }
}

impl DatabaseError for Failed {
    fn message(&self) -> &str {
        &self.message
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(self.code.to_string().into())
    }

    fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        match self.code {
            ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY => {
                ErrorKind::UniqueViolation
            }
            ffi::SQLITE_CONSTRAINT_FOREIGNKEY => ErrorKind::ForeignKeyViolation,
            ffi::SQLITE_CONSTRAINT_NOTNULL => ErrorKind::NotNullViolation,
            ffi::SQLITE_CONSTRAINT_CHECK => ErrorKind::CheckViolation,
            _ => ErrorKind::Other,
        }
    }
}
