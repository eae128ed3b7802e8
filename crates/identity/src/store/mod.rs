//! The only SQL. This module owns every query; it does not decide anything.

use crate::error::Unavailable;

/// The database: SQLite in a file or in memory, or PostgreSQL.
#[derive(Clone)]
pub struct Store {
    _pool: (),
}

impl Store {
    /// Opens and migrates. `url` is `sqlite:PATH`, `sqlite::memory:` or `postgres://…`.
    pub async fn open(_url: &str) -> Result<Self, Unavailable> {
        todo!()
    }
}
