//! What a door left unread of a request's body.
//!
//! A client that is still sending does not read. Answering and closing at once makes its kernel throw the answer away, and
//! the client reports a broken connection where it was told that the path is wrong, or the body too large. So what it still
//! sends is swallowed up to a bound, whoever refused it.

use axum::body::{Body, Bytes};
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::sync::oneshot;

/// How much is read and thrown away.
const MOST: usize = 8 * 1024 * 1024;
/// For how long.
const PATIENCE: Duration = Duration::from_secs(10);

/// Lends `body` to a door. What the door drops before its end comes back to the other half.
pub(super) fn lend(body: Body) -> (Body, Unread) {
    let (back, unread) = oneshot::channel();
    let lent = Lent {
        body,
        ended: false,
        back: Some(back),
    };
    (Body::new(lent), Unread(unread))
}

/// Where an unread body comes back to.
pub(super) struct Unread(oneshot::Receiver<Body>);

impl Unread {
    /// Swallows what came back.
    pub(super) async fn swallow(mut self) {
        if let Ok(body) = self.0.try_recv() {
            let _ = tokio::time::timeout(PATIENCE, drain(body)).await;
        }
    }
}

async fn drain(mut body: Body) {
    let mut swallowed = 0;
    while let Some(Ok(frame)) = body.frame().await {
        swallowed += frame.data_ref().map_or(0, Bytes::len);
        if swallowed > MOST {
            return;
        }
    }
}

struct Lent {
    body: Body,
    ended: bool,
    back: Option<oneshot::Sender<Body>>,
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        self.ended = !matches!(frame, Some(Ok(_)));
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if self.ended || self.body.is_end_stream() {
            return;
        }
        if let Some(back) = self.back.take() {
            // Nobody waits for it once the connection is gone.
            let _ = back.send(std::mem::take(&mut self.body));
        }
    }
}
