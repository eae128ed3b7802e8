//! Effects, and the commit that many of them share.
//!
//! An effect is everything that must happen together: it is given a connection inside a transaction and says `Ok` to keep what
//! it wrote or `Err` to undo it. Whoever asked hears the answer after the commit, never before.

use super::db::Writes;
use super::{Connection, Store};
use crate::error::Unavailable;
use futures_util::future::BoxFuture;
use sqlx::{AnyPool, Executor};
use tokio::sync::{mpsc, oneshot};

/// What an effect decided: keep (`Ok`), undo (`Err`); or the database failed under it.
pub type Effect<T, E> = Result<Result<T, E>, sqlx::Error>;

/// What became of an effect.
pub type Written<T, E> = Result<Result<T, E>, Unavailable>;

/// How many effects share a commit at most: a bound on how long the first of them waits.
const BATCH: usize = 256;
/// How many effects wait at most before whoever asks must wait to ask.
const QUEUE: usize = 4096;

impl Store {
    /// Runs an effect in a transaction and answers after the commit.
    pub async fn write<T, E, F>(&self, effect: F) -> Written<T, E>
    where
        T: Send + 'static,
        E: Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Effect<T, E>> + Send + 'static,
    {
        match &self.database.writes {
            Writes::Grouped(writer) => writer.run(effect).await,
            Writes::Each(pool) => alone(pool, effect).await,
        }
    }
}

/// The one task that writes.
#[derive(Clone)]
pub(super) struct Writer {
    pub(super) pool: AnyPool,
    jobs: mpsc::Sender<Box<dyn Job>>,
}

impl Writer {
    /// Starts the task; it ends when the last handle is dropped.
    pub(super) fn start(pool: AnyPool) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE);
        tokio::spawn(write_all(pool.clone(), queue));
        Self { pool, jobs }
    }

    /// Whether the task is there to write.
    pub(super) fn is_running(&self) -> bool {
        !self.jobs.is_closed()
    }

    async fn run<T, E, F>(&self, effect: F) -> Written<T, E>
    where
        T: Send + 'static,
        E: Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Effect<T, E>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Pending {
            effect: Some(effect),
            outcome: None,
            reply,
        });
        self.jobs
            .send(job)
            .await
            .map_err(|_| Unavailable::because("the writer has stopped"))?;
        answer
            .await
            .map_err(|_| Unavailable::because("the writer has stopped"))?
    }
}

async fn alone<T, E, F>(pool: &AnyPool, effect: F) -> Written<T, E>
where
    F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Effect<T, E>> + Send + 'static,
{
    let mut transaction = pool.begin().await?;
    let outcome = effect(&mut transaction).await?;
    match &outcome {
        Ok(_) => transaction.commit().await?,
        Err(_) => transaction.rollback().await?,
    }
    Ok(outcome)
}

async fn write_all(pool: AnyPool, mut queue: mpsc::Receiver<Box<dyn Job>>) {
    let mut batch = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        let committed = write_batch(&pool, &mut batch).await.map_err(|e| {
            tracing::error!(error = %e, effects = batch.len(), "a commit failed");
            e.to_string()
        });
        for job in batch.drain(..) {
            job.answer(&committed);
        }
    }
}

async fn write_batch(pool: &AnyPool, batch: &mut [Box<dyn Job>]) -> Result<(), sqlx::Error> {
    // IMMEDIATE: another process on the same file makes us wait here, where nothing was decided yet, and never in the middle.
    // A savepoint for each effect, so that one which fails or undoes itself leaves the others alone. Each statement is a journey
    // to SQLite's thread and back: the end of one savepoint and the begin of the next travel together.
    let mut transaction = pool.begin_with("begin immediate; savepoint effect").await?;
    let last = batch.len().saturating_sub(1);
    for (at, job) in batch.iter_mut().enumerate() {
        if !job.run(&mut transaction).await {
            // The savepoint itself stays, for the next.
            transaction.execute("rollback to effect").await?;
        } else if at < last {
            transaction
                .execute("release effect; savepoint effect")
                .await?;
        }
    }
    // The last savepoint needs no end of its own: the commit releases it.
    transaction.commit().await
}

/// An effect of any type that waits for its turn.
trait Job: Send {
    /// Runs it; whether to keep what it wrote.
    fn run<'a>(&'a mut self, connection: &'a mut Connection) -> BoxFuture<'a, bool>;
    /// Tells whoever asked.
    fn answer(self: Box<Self>, committed: &Result<(), String>);
}

struct Pending<T, E, F> {
    effect: Option<F>,
    outcome: Option<Effect<T, E>>,
    reply: oneshot::Sender<Written<T, E>>,
}

impl<T, E, F> Job for Pending<T, E, F>
where
    T: Send + 'static,
    E: Send + 'static,
    F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Effect<T, E>> + Send + 'static,
{
    fn run<'a>(&'a mut self, connection: &'a mut Connection) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            let effect = self.effect.take().expect("an effect runs once");
            let outcome = effect(connection).await;
            let keep = matches!(outcome, Ok(Ok(_)));
            self.outcome = Some(outcome);
            keep
        })
    }

    fn answer(self: Box<Self>, committed: &Result<(), String>) {
        let answer = match (self.outcome, committed) {
            // Undone and failed effects do not depend on the commit.
            (Some(Ok(Err(undone))), _) => Ok(Err(undone)),
            (Some(Err(failed)), _) => Err(failed.into()),
            (Some(Ok(Ok(kept))), Ok(())) => Ok(Ok(kept)),
            (_, Err(why)) => Err(Unavailable::because(why.clone())),
            (None, Ok(())) => unreachable!("a batch that commits has run every effect"),
        };
        // Whoever asked may have gone away; the effect stays.
        let _ = self.reply.send(answer);
    }
}
