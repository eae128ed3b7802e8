//! The end of a transaction, whatever happens: an answer that was read to its end, an upstream that fails, a client that goes
//! away. The session has ended before the last byte of the answer is sent.

use super::Cess;
use super::patience::Chunks;
use axum::body::{Body, Bytes};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt};
use hyper::body::{Frame, SizeHint};
use identity::gateway::sessions::Transaction;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::task::JoinHandle;

/// Ends its transaction once: by [`Ending::end`], else when dropped.
pub(super) struct Ending {
    cess: Cess,
    transaction: Option<Transaction>,
}

impl Ending {
    pub(super) fn new(cess: &Cess, transaction: Transaction) -> Self {
        Self {
            cess: cess.clone(),
            transaction: Some(transaction),
        }
    }

    /// The transaction.
    pub(super) fn transaction(&self) -> &Transaction {
        self.transaction.as_ref().expect("present until the end")
    }

    /// Ends it and says what became of it. Goes on by itself where nobody waits any more.
    pub(super) async fn end(mut self, outcome: String) {
        if let Some(ending) = self.start(outcome) {
            // It tells itself what went wrong.
            let _ = ending.await;
        }
    }

    /// In a task of its own: a client that goes away now must not stop it halfway.
    fn start(&mut self, outcome: String) -> Option<JoinHandle<()>> {
        let transaction = self.transaction.take()?;
        Some(tokio::spawn(end(self.cess.clone(), transaction, outcome)))
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.start("the client went away".to_owned());
    }
}

async fn end(cess: Cess, transaction: Transaction, outcome: String) {
    let moment = cess.app.moment(None);
    let ended = cess
        .app
        .service
        .end_transaction(&moment, &cess.gateway, (&transaction, &outcome))
        .await;
    if let Err(unavailable) = ended {
        // The row says that it must end; whoever looks after open sessions will.
        let error = &unavailable as &dyn std::error::Error;
        tracing::error!(error, "the end of a transaction could not be written down");
    }
}

/// The body of an answer. It holds one chunk back, so that the last one leaves only after the end.
pub(super) struct EndingBody {
    chunks: Chunks,
    held: Option<Bytes>,
    state: State,
    length: Option<u64>,
    outcome: String,
}

enum State {
    Passing(Option<Box<Ending>>),
    Ending(BoxFuture<'static, ()>),
    Ended,
}

impl EndingBody {
    /// Reads the first chunk. An answer without a body would be complete with its head, so then the end comes first.
    pub(super) async fn begin(
        mut chunks: Chunks,
        ending: Ending,
        (outcome, length): (String, Option<u64>),
    ) -> Body {
        match chunks.next().await {
            None => {
                ending.end(outcome).await;
                Body::empty()
            }
            Some(Ok(first)) => Body::new(Self {
                chunks,
                held: Some(first),
                state: State::Passing(Some(Box::new(ending))),
                length,
                outcome,
            }),
            Some(Err(error)) => {
                ending.end("the upstream broke off".to_owned()).await;
                Body::from_stream(futures_util::stream::iter([Err::<Bytes, axum::BoxError>(
                    error,
                )]))
            }
        }
    }

    fn start_end(&mut self, outcome: String) {
        let State::Passing(ending) = &mut self.state else {
            return;
        };
        let ending = ending
            .take()
            .expect("passing means that the end is to come");
        self.state = State::Ending(ending.end(outcome).boxed());
    }
}

impl hyper::body::Body for EndingBody {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        loop {
            match &mut self.state {
                State::Ended => {
                    return Poll::Ready(self.held.take().map(|last| Ok(Frame::data(last))));
                }
                State::Ending(end) => {
                    if end.poll_unpin(context).is_pending() {
                        return Poll::Pending;
                    }
                    self.state = State::Ended;
                }
                State::Passing(_) => match self.chunks.as_mut().poll_next(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Some(Ok(chunk))) => {
                        if let Some(earlier) = self.held.replace(chunk) {
                            return Poll::Ready(Some(Ok(Frame::data(earlier))));
                        }
                    }
                    Poll::Ready(Some(Err(error))) => {
                        self.start_end("the upstream broke off".to_owned());
                        return Poll::Ready(Some(Err(error)));
                    }
                    Poll::Ready(None) => {
                        let outcome = std::mem::take(&mut self.outcome);
                        self.start_end(outcome);
                    }
                },
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        self.length
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
