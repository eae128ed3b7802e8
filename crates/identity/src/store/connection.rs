//! What queries run on: the same statements, on SQLite or on PostgreSQL.

use super::sqlite::{ALL, Given, Readers, Sqlite};
use futures_util::future::{BoxFuture, FutureExt, ready};
use futures_util::stream::{self, BoxStream, StreamExt};
use sqlx::any::{AnyQueryResult, AnyRow, AnyStatement, AnyTypeInfo};
use sqlx::{Any, AnyPool, Describe, Either, Error, Execute, Executor, SqlStr, Transaction};
use std::sync::Arc;

/// A connection inside a transaction: what an effect writes through.
#[derive(Debug)]
pub struct Connection(pub(super) Engine);

/// Whose connection it is.
#[derive(Debug)]
pub(super) enum Engine {
    Sqlite(Sqlite),
    Postgres(Transaction<'static, Any>),
}

/// Where questions are answered that belong to no transaction.
#[derive(Debug, Clone)]
pub(crate) enum Reads {
    Sqlite(Arc<Readers>),
    Postgres(AnyPool),
}

/// SQLite, for what must happen inside a transaction.
struct Within<'a>(&'a mut Sqlite);

impl Within<'_> {
    fn ask<'q>(self, query: impl Execute<'q, Any>, at_most: usize) -> Result<Given, Error> {
        // A full disk ends the whole transaction. What an effect wrote after that would stay, whatever becomes of the effect.
        if !self.0.is_in_transaction() {
            let over = "the transaction is over";
            return Err(Error::Protocol(over.to_owned()));
        }
        self.0.ask(query, at_most)
    }
}

fn nothing_ahead() -> Error {
    Error::InvalidArgument("on SQLite, statements are prepared where they run".to_owned())
}

/// Implements [`Executor`] for both: `$sqlite` answers at once, `$postgres` is an executor itself.
macro_rules! executor {
    ($lifetime:lifetime, $type:ty, |$own:ident| $place:expr, $sqlite:pat => $answers:expr, $postgres:pat => $executor:expr) => {
        impl<$lifetime> Executor<$lifetime> for $type {
            type Database = Any;

            fn fetch_many<'e, 'q: 'e, E>(
                self,
                query: E,
            ) -> BoxStream<'e, Result<Either<AnyQueryResult, AnyRow>, Error>>
            where
                $lifetime: 'e,
                E: 'q + Execute<'q, Any>,
            {
                let $own = self;
                match $place {
                    $sqlite => {
                        let given = $answers.ask(query, ALL).map(|given| {
                            let result = Either::Left(given.result());
                            given
                                .rows
                                .into_iter()
                                .map(Either::Right)
                                .chain([result])
                                .map(Ok)
                        });
                        match given {
                            Ok(given) => stream::iter(given).boxed(),
                            Err(error) => stream::iter([Err(error)]).boxed(),
                        }
                    }
                    $postgres => $executor.fetch_many(query),
                }
            }

            fn execute<'e, 'q: 'e, E>(
                self,
                query: E,
            ) -> BoxFuture<'e, Result<AnyQueryResult, Error>>
            where
                $lifetime: 'e,
                E: 'q + Execute<'q, Any>,
            {
                let $own = self;
                match $place {
                    $sqlite => ready($answers.ask(query, 0).map(|given| given.result())).boxed(),
                    $postgres => $executor.execute(query),
                }
            }

            fn fetch_all<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Vec<AnyRow>, Error>>
            where
                $lifetime: 'e,
                E: 'q + Execute<'q, Any>,
            {
                let $own = self;
                match $place {
                    $sqlite => ready($answers.ask(query, ALL).map(|given| given.rows)).boxed(),
                    $postgres => $executor.fetch_all(query),
                }
            }

            fn fetch_optional<'e, 'q: 'e, E>(
                self,
                query: E,
            ) -> BoxFuture<'e, Result<Option<AnyRow>, Error>>
            where
                $lifetime: 'e,
                E: 'q + Execute<'q, Any>,
            {
                let $own = self;
                match $place {
                    $sqlite => {
                        ready($answers.ask(query, 1).map(|mut given| given.rows.pop())).boxed()
                    }
                    $postgres => $executor.fetch_optional(query),
                }
            }

            fn prepare_with<'e>(
                self,
                sql: SqlStr,
                parameters: &'e [AnyTypeInfo],
            ) -> BoxFuture<'e, Result<AnyStatement, Error>>
            where
                $lifetime: 'e,
            {
                let $own = self;
                match $place {
                    $postgres => $executor.prepare_with(sql, parameters),
                    _ => ready(Err(nothing_ahead())).boxed(),
                }
            }

            fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Any>, Error>>
            where
                $lifetime: 'e,
            {
                let $own = self;
                match $place {
                    $postgres => $executor.describe(sql),
                    _ => ready(Err(nothing_ahead())).boxed(),
                }
            }
        }
    };
}

executor!('c, &'c mut Connection, |own| &mut own.0, Engine::Sqlite(sqlite) => Within(sqlite), Engine::Postgres(transaction) => &mut **transaction);
executor!('c, &'c Reads, |own| own, Reads::Sqlite(readers) => readers, Reads::Postgres(pool) => pool);
