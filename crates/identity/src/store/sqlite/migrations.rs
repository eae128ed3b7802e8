//! The tables as this version wants them. sqlx decides what is missing and whether what is there was tampered with; here is what
//! it asks of a database, in one transaction: a second process waits, and a failure leaves everything as it was.

use super::{ALL, Sqlite};
use futures_util::future::{BoxFuture, ready};
use sqlx::migrate::{AppliedMigration, Migrate, MigrateError, Migration};
use sqlx::{AssertSqlSafe, Row, query};
use std::time::Duration;

/// sqlx's own, so that databases of earlier versions go on.
const TABLE: &str = "create table if not exists _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
)";

impl Sqlite {
    fn dirty(&mut self) -> Result<Option<i64>, sqlx::Error> {
        let dirty = query(
            "select version from _sqlx_migrations where success = false order by version limit 1",
        );
        let given = self.ask(dirty, 1)?;
        given.rows.first().map(|row| row.try_get(0)).transpose()
    }

    fn applied(&mut self) -> Result<Vec<AppliedMigration>, sqlx::Error> {
        let all = query("select version, checksum from _sqlx_migrations order by version");
        let given = self.ask(all, ALL)?;
        let applied = given.rows.iter().map(|row| {
            Ok(AppliedMigration {
                version: row.try_get(0)?,
                checksum: row.try_get::<Vec<u8>, _>(1)?.into(),
            })
        });
        applied.collect()
    }

    fn migrate(&mut self, migration: &Migration) -> Result<(), MigrateError> {
        if migration.no_tx {
            let alone = "a migration of SQLite runs with the others in one transaction";
            let error = sqlx::Error::Configuration(alone.into());
            return Err(MigrateError::ExecuteMigration(error, migration.version));
        }
        self.ask(AssertSqlSafe(migration.sql.as_str()), 0)
            .map_err(|error| MigrateError::ExecuteMigration(error, migration.version))?;
        let done = query(
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
             values ($1, $2, true, $3, -1)",
        )
        .bind(migration.version)
        .bind(migration.description.as_ref())
        .bind(migration.checksum.to_vec());
        self.ask(done, 0)?;
        Ok(())
    }
}

/// Everything is done when it is asked for: these futures only carry what came of it.
impl Migrate for Sqlite {
    fn create_schema_if_not_exists<'e>(
        &'e mut self,
        schema: &'e str,
    ) -> BoxFuture<'e, Result<(), MigrateError>> {
        let refusal = MigrateError::CreateSchemasNotSupported(schema.to_owned());
        Box::pin(ready(Err(refusal)))
    }

    fn ensure_migrations_table<'e>(
        &'e mut self,
        _table: &'e str,
    ) -> BoxFuture<'e, Result<(), MigrateError>> {
        Box::pin(ready(self.step(TABLE).map_err(MigrateError::from)))
    }

    fn dirty_version<'e>(
        &'e mut self,
        _table: &'e str,
    ) -> BoxFuture<'e, Result<Option<i64>, MigrateError>> {
        Box::pin(ready(self.dirty().map_err(MigrateError::from)))
    }

    fn list_applied_migrations<'e>(
        &'e mut self,
        _table: &'e str,
    ) -> BoxFuture<'e, Result<Vec<AppliedMigration>, MigrateError>> {
        Box::pin(ready(self.applied().map_err(MigrateError::from)))
    }

    fn lock(&mut self) -> BoxFuture<'_, Result<(), MigrateError>> {
        Box::pin(ready(
            self.step("begin immediate").map_err(MigrateError::from),
        ))
    }

    fn unlock(&mut self) -> BoxFuture<'_, Result<(), MigrateError>> {
        Box::pin(ready(self.step("commit").map_err(MigrateError::from)))
    }

    fn apply<'e>(
        &'e mut self,
        _table: &'e str,
        migration: &'e Migration,
    ) -> BoxFuture<'e, Result<Duration, MigrateError>> {
        // Nobody here asks how long it took.
        Box::pin(ready(self.migrate(migration).map(|()| Duration::ZERO)))
    }

    fn revert<'e>(
        &'e mut self,
        _table: &'e str,
        migration: &'e Migration,
    ) -> BoxFuture<'e, Result<Duration, MigrateError>> {
        // Ours only go forward.
        Box::pin(ready(Err(MigrateError::VersionNotPresent(
            migration.version,
        ))))
    }
}
