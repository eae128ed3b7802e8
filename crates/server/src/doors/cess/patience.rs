//! How long to wait for an upstream: as long as anything moves, and then a while.

use axum::body::Bytes;
use futures_util::{Stream, StreamExt, TryStream, TryStreamExt};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The body of an answer as it comes in.
pub(super) type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, axum::BoxError>> + Send>>;

/// When something last moved. A large upload may take any time; standing still may not.
#[derive(Clone)]
pub(super) struct Patience {
    longest: Duration,
    moved: Arc<Mutex<Instant>>,
}

impl Patience {
    /// Nothing may stand still for longer than `longest`.
    pub(super) fn new(longest: Duration) -> Self {
        Self {
            longest,
            moved: Arc::new(Mutex::new(Instant::now())),
        }
    }

    /// The same chunks; each counts as a move.
    pub(super) fn hearing<S: Stream>(self, chunks: S) -> impl Stream<Item = S::Item> {
        chunks.inspect(move |_| *self.lock() = Instant::now())
    }

    /// Waits for `work`; none if nothing moved for too long.
    pub(super) async fn wait<F: Future>(&self, work: F) -> Option<F::Output> {
        let mut work = std::pin::pin!(work);
        loop {
            let until = *self.lock() + self.longest;
            tokio::select! {
                done = &mut work => return Some(done),
                () = tokio::time::sleep_until(until) => {
                    if *self.lock() + self.longest <= Instant::now() {
                        return None;
                    }
                }
            }
        }
    }

    /// The same chunks; one that is too late is an error.
    pub(super) fn limiting<S>(&self, chunks: S) -> Chunks
    where
        S: TryStream<Ok = Bytes> + Send + 'static,
        S::Error: Into<axum::BoxError>,
    {
        let longest = self.longest;
        let chunks: Chunks = Box::pin(chunks.map_err(Into::into));
        Box::pin(futures_util::stream::try_unfold(
            chunks,
            move |mut chunks| async move {
                match tokio::time::timeout(longest, chunks.next()).await {
                    Ok(Some(Ok(chunk))) => Ok(Some((chunk, chunks))),
                    Ok(Some(Err(error))) => Err(error),
                    Ok(None) => Ok(None),
                    Err(late) => Err(late.into()),
                }
            },
        ))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Instant> {
        self.moved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
