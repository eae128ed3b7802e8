//! Effects, and the commit that many of them share.
//!
//! An effect is everything that must happen together: it is given a connection inside a transaction and says `Ok` to keep what
//! it wrote or `Err` to undo it. Whoever asked hears the answer after the commit, never before.

use super::Store;
use super::connection::{Connection, Engine};
use super::db::Writes;
use super::sqlite::Sqlite;
use crate::error::Unavailable;
use crate::guard::Guards;
use futures_util::future::{BoxFuture, FutureExt, ready};
use sqlx::AnyPool;
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::{Handle, RuntimeMetrics};
use tokio::sync::{mpsc, oneshot};

/// What an effect decided: keep (`Ok`), undo (`Err`); or the database failed under it.
pub type Effect<T, E> = Result<Result<T, E>, sqlx::Error>;

/// What became of an effect.
pub type Written<T, E> = Result<Result<T, E>, Unavailable>;

/// How many effects share a commit at most: a bound on how long the first of them waits.
const BATCH: usize = 256;
/// How long the writer rests after a commit. A commit costs the system several times what an effect does, and under load the next
/// effect would wake the writer as soon as it waits for the disk: so they gather. One that comes alone finds it rested.
const REST: Duration = Duration::from_millis(2);
/// How much longer it rests while there is other work for every thread: whatever is ready would wait for a processor anyway.
const LONGER: Duration = Duration::from_millis(8);
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
        self.run(effect, Some(Change(Arc::clone(&self.writes))))
            .await
    }

    /// How much was written that may have changed what organizations declare: what was read before is out of date.
    pub(crate) fn writes(&self) -> u64 {
        self.writes.load(Ordering::Acquire)
    }

    /// The same for an effect that leaves alone what organizations declare: the traces of a sign-on.
    pub(crate) async fn record<T, E, F>(&self, effect: F) -> Written<T, E>
    where
        T: Send + 'static,
        E: Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Effect<T, E>> + Send + 'static,
    {
        self.run(effect, None).await
    }

    async fn run<T, E, F>(&self, effect: F, change: Option<Change>) -> Written<T, E>
    where
        T: Send + 'static,
        E: Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Effect<T, E>> + Send + 'static,
    {
        match &self.database.writes {
            Writes::Grouped(writer) => writer.run(effect, change).await,
            Writes::Each(pool) => {
                let written = alone(pool, effect).await;
                drop(change);
                written
            }
        }
    }
}

/// Counts a change when it is over, however it ends. On SQLite that is before anybody is told, also if whoever asked has gone away;
/// on PostgreSQL, where an effect goes on in whoever asked, a change that is given up on at its commit may be counted too early.
struct Change(Arc<AtomicU64>);

impl Drop for Change {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Release);
    }
}

/// The one thread that writes: a commit waits for the disk, and nobody else should.
#[derive(Clone)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Box<dyn Job>>,
    ending: Arc<AtomicBool>,
    // Whoever closes holds it until the thread is gone: the others wait for that, too.
    thread: Arc<tokio::sync::Mutex<Option<JoinHandle<()>>>>,
}

/// The connection, until the end. Whoever reads a database in memory takes turns at it.
pub(super) type Shared = Arc<Mutex<Option<Connection>>>;

impl Writer {
    /// Starts the thread; it ends when the last handle is dropped, or when it is closed.
    pub(super) fn start(connection: Shared) -> Result<Self, Unavailable> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let ending = Arc::new(AtomicBool::new(false));
        let (told, runtime) = (Arc::clone(&ending), Handle::current());
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || runtime.block_on(write_all(&connection, queue, &told)))
            .map_err(|error| Unavailable(error.into()))?;
        Ok(Self {
            jobs,
            ending,
            thread: Arc::new(tokio::sync::Mutex::new(Some(thread))),
        })
    }

    /// Whether the thread is there to write.
    pub(super) fn is_running(&self) -> bool {
        !self.jobs.is_closed()
    }

    /// Lets what waits be written, and ends the thread. What comes afterwards is refused.
    pub(super) async fn close(&self) {
        let mut thread = self.thread.lock().await;
        self.ending.store(true, Ordering::Release);
        if let Some(thread) = thread.take() {
            // The thread looks up after each batch: this is one.
            let _ = self.submit(nothing, None).await;
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }

    async fn run<T, E, F>(&self, effect: F, change: Option<Change>) -> Written<T, E>
    where
        T: Send + 'static,
        E: Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Effect<T, E>> + Send + 'static,
    {
        if self.ending.load(Ordering::Acquire) {
            return Err(Unavailable::because("the store is closed"));
        }
        self.submit(effect, change).await
    }

    async fn submit<T, E, F>(&self, effect: F, change: Option<Change>) -> Written<T, E>
    where
        T: Send + 'static,
        E: Send + 'static,
        F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Effect<T, E>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Pending {
            guards: Guards::here(),
            effect: Some(effect),
            outcome: None,
            change,
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

fn nothing(_: &mut Connection) -> BoxFuture<'_, Effect<(), Infallible>> {
    Box::pin(ready(Ok(Ok(()))))
}

async fn alone<T, E, F>(pool: &AnyPool, effect: F) -> Written<T, E>
where
    F: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Effect<T, E>> + Send + 'static,
{
    let mut connection = Connection(Engine::Postgres(pool.begin().await?));
    let outcome = effect(&mut connection).await?;
    if let Engine::Postgres(transaction) = connection.0 {
        match &outcome {
            Ok(_) => transaction.commit().await?,
            Err(_) => transaction.rollback().await?,
        }
    }
    Ok(outcome)
}

async fn write_all(
    connection: &Shared,
    mut queue: mpsc::Receiver<Box<dyn Job>>,
    ending: &AtomicBool,
) {
    let mut batch = Vec::with_capacity(BATCH);
    let runtime = Handle::current().metrics();
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        let committed = write_batch(connection, &mut batch).map_err(|e| {
            tracing::error!(error = %e, effects = batch.len(), "a commit failed");
            e.to_string()
        });
        for job in batch.drain(..) {
            job.answer(&committed);
        }
        if ending.load(Ordering::Acquire) && queue.is_empty() {
            break;
        }
        let before: Vec<u64> = turns(&runtime).collect();
        std::thread::sleep(REST);
        let busy = |(before, now): (u64, u64)| now == before && now % 2 == 0;
        let is_full = queue.len() >= BATCH;
        if !is_full && before.into_iter().zip(turns(&runtime)).all(busy) {
            std::thread::sleep(LONGER);
        }
    }
    connection
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
}

/// How often the threads of the runtime have begun and ended to have nothing to do; odd for one that has nothing to do now.
fn turns(runtime: &RuntimeMetrics) -> impl Iterator<Item = u64> {
    (0..runtime.num_workers()).map(|worker| runtime.worker_park_unpark_count(worker))
}

fn write_batch(connection: &Shared, batch: &mut [Box<dyn Job>]) -> Result<(), sqlx::Error> {
    let mut connection = connection.lock().map_err(|_| sqlx::Error::WorkerCrashed)?;
    let connection = connection.as_mut().ok_or(sqlx::Error::PoolClosed)?;
    let written = write_within(connection, batch);
    if written.is_err() && sqlite(connection)?.is_in_transaction() {
        sqlite(connection)?.step("rollback")?;
    }
    written
}

fn write_within(
    connection: &mut Connection,
    batch: &mut [Box<dyn Job>],
) -> Result<(), sqlx::Error> {
    // IMMEDIATE: another process on the same file makes us wait here, where nothing was decided yet, and never in the middle.
    sqlite(connection)?.step("begin immediate")?;
    for job in batch {
        // So that an effect which fails or undoes itself leaves the others alone.
        sqlite(connection)?.step("savepoint effect")?;
        if !run(job, connection)? {
            sqlite(connection)?.step("rollback to effect")?;
        }
        sqlite(connection)?.step("release effect")?;
    }
    sqlite(connection)?.step("commit")
}

/// Runs an effect to its end. It awaits nothing but SQLite, which answers at once: one that waits for anything else would hold up
/// everybody's commit, and is refused.
fn run(job: &mut Box<dyn Job>, connection: &mut Connection) -> Result<bool, sqlx::Error> {
    let waits =
        || sqlx::Error::Protocol("an effect waits for something else than the store".to_owned());
    job.run(connection).now_or_never().ok_or_else(waits)
}

fn sqlite(connection: &mut Connection) -> Result<&mut Sqlite, sqlx::Error> {
    match &mut connection.0 {
        Engine::Sqlite(sqlite) => Ok(sqlite),
        Engine::Postgres(_) => Err(sqlx::Error::WorkerCrashed),
    }
}

/// An effect of any type that waits for its turn.
trait Job: Send {
    /// Runs it; whether to keep what it wrote.
    fn run<'a>(&'a mut self, connection: &'a mut Connection) -> BoxFuture<'a, bool>;
    /// Tells whoever asked.
    fn answer(self: Box<Self>, committed: &Result<(), String>);
}

struct Pending<T, E, F> {
    guards: Guards,
    effect: Option<F>,
    outcome: Option<Effect<T, E>>,
    change: Option<Change>,
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
            self.guards.put_up();
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
        drop(self.change);
        // Whoever asked may have gone away; the effect stays.
        let _ = self.reply.send(answer);
    }
}
