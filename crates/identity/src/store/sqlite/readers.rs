//! Connections for whoever asks.

use super::{Given, Opening, Sqlite};
use crate::store::connection::{Connection, Engine};
use crate::store::writer::Shared;
use sqlx::{Any, Execute};
use std::sync::{Mutex, PoisonError};

/// Connections that are kept while nobody uses them: each has its own copy of the schema in memory.
const KEPT: usize = 8;

/// A question occupies its thread until it is answered, so that there are never more connections than threads that ask.
#[derive(Debug)]
pub(crate) enum Readers {
    /// To a file: those that nobody uses at the moment. None: closed.
    File {
        path: String,
        idle: Mutex<Option<Vec<Sqlite>>>,
    },
    /// To a database in memory, for tests and rehearsals: one for everything, because each has a database of its own.
    Memory(Shared),
}

impl Readers {
    pub(in crate::store) fn of_file(path: &str) -> Self {
        Self::File {
            path: path.to_owned(),
            idle: Mutex::new(Some(Vec::new())),
        }
    }

    /// What comes afterwards is refused.
    pub(in crate::store) fn close(&self) {
        match self {
            Self::File { idle, .. } => {
                idle.lock().unwrap_or_else(PoisonError::into_inner).take();
            }
            Self::Memory(connection) => {
                let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                connection.take();
            }
        }
    }

    /// Runs a question; with no more than so many rows of what it finds.
    pub(in crate::store) fn ask<'q>(
        &self,
        question: impl Execute<'q, Any>,
        at_most: usize,
    ) -> Result<Given, sqlx::Error> {
        match self {
            Self::File { path, idle } => {
                let free = idle
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .as_mut()
                    .ok_or(sqlx::Error::PoolClosed)?
                    .pop();
                let mut reader = match free {
                    Some(reader) => reader,
                    None => Sqlite::open(path, Opening::Existing)?,
                };
                let given = reader.ask(question, at_most);
                let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(idle) = idle.as_mut().filter(|idle| idle.len() < KEPT) {
                    idle.push(reader);
                }
                given
            }
            Self::Memory(connection) => {
                let mut connection = connection.lock().map_err(|_| sqlx::Error::WorkerCrashed)?;
                match connection.as_mut() {
                    Some(Connection(Engine::Sqlite(sqlite))) => sqlite.ask(question, at_most),
                    _ => Err(sqlx::Error::PoolClosed),
                }
            }
        }
    }
}
