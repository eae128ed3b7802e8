//! What a door left unread of a request's body.
//!
//! A client that is still sending does not read. Answering and closing at once makes its kernel throw the answer away, and
//! the client reports a broken connection where it was told that the path is wrong, or the body too large. So what it still
//! sends is swallowed up to a bound, whoever refused it.

use axum::body::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::sync::oneshot;

/// How much is read and thrown away.
const MOST: usize = 8 * 1024 * 1024;
/// For how long.
const PATIENCE: Duration = Duration::from_secs(10);

/// Lends `body` to a door. What the door drops before its end comes back to the other half.
pub(super) fn lend(body: Incoming) -> (Lent, Unread) {
    let (back, unread) = oneshot::channel();
    let lent = Lent {
        body: Some(body),
        back: Some(back),
    };
    (lent, Unread(unread))
}

/// Where an unread body comes back to.
pub(super) struct Unread(oneshot::Receiver<Incoming>);

impl Unread {
    /// Swallows what came back.
    pub(super) async fn swallow(mut self) {
        if let Ok(body) = self.0.try_recv() {
            let _ = tokio::time::timeout(PATIENCE, drain(body)).await;
        }
    }
}

async fn drain(mut body: Incoming) {
    let mut swallowed = 0;
    while let Some(Ok(frame)) = body.frame().await {
        swallowed += frame.data_ref().map_or(0, Bytes::len);
        if swallowed > MOST {
            return;
        }
    }
}

/// A body that somebody has for a while.
pub(super) struct Lent {
    /// None once it has ended.
    body: Option<Incoming>,
    back: Option<oneshot::Sender<Incoming>>,
}

impl Body for Lent {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let frame = ready!(Pin::new(body).poll_frame(context));
        if !matches!(frame, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let ended = SizeHint::with_exact(0);
        self.body.as_ref().map_or(ended, Body::size_hint)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let rest = self.body.take().filter(|body| !body.is_end_stream());
        if let (Some(rest), Some(back)) = (rest, self.back.take()) {
            // Nobody waits for it once the connection is gone.
            let _ = back.send(rest);
        }
    }
}
