//! One connection: protocol, timeouts, graceful end.
//!
//! The protocol is what ALPN agreed on. Guessing it from the first bytes, as automatic builders do, waits for those bytes
//! without a timer.

use crate::front::{Front, Peer};
use axum::Router;
use axum::response::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

/// How long a request head may take, and how long a connection may be idle between two of them.
const HEAD: Duration = Duration::from_secs(5);
/// How large a request head may be on the wire; the front has finer limits within it.
const HEAD_BYTES: usize = 48 * 1024;
/// HTTP/2: how often an idle peer is asked whether it is there, and how long it may take to say so.
const PING: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(10));
/// HTTP/2: requests under way on one connection.
const STREAMS: u32 = 100;

/// HTTP/1.1 on a door's listener.
pub(super) async fn http1<S>(
    stream: S,
    front: Arc<Front>,
    peer: Peer,
    mut stopped: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| answer(Arc::clone(&front), request, peer));
    let mut connection = pin!(http1_builder().serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        _ = connection.as_mut() => {}
        () = told(&mut stopped) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// HTTP/2 on a door's listener.
pub(super) async fn http2<S>(
    stream: S,
    front: Arc<Front>,
    peer: Peer,
    mut stopped: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let asked = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&asked);
    let service = service_fn(move |request| {
        seen.store(true, Ordering::Relaxed);
        answer(Arc::clone(&front), request, peer)
    });
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .keep_alive_interval(PING.0)
        .keep_alive_timeout(PING.1);
    builder.max_header_list_size(u32::try_from(HEAD_BYTES).expect("a few kilobytes"));
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    // HTTP/2 has no timer for the preface or the first head, and a ping needs the preface.
    let silent = async {
        tokio::time::sleep(HEAD).await;
        if asked.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        _ = connection.as_mut() => {}
        () = silent => {}
        () = told(&mut stopped) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// HTTP/1.1 on the telemetry listener.
pub(super) async fn telemetry<S>(stream: S, router: Router, mut stopped: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut connection = pin!(
        http1_builder().serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
    );
    tokio::select! {
        _ = connection.as_mut() => {}
        () = told(&mut stopped) => connection.as_mut().graceful_shutdown(),
    }
}

/// Waits until the server stops, or is gone.
pub(super) async fn told(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

fn http1_builder() -> http1::Builder {
    let mut builder = http1::Builder::new();
    // Without a timer the timeout is not kept, silently. A client that has sent everything may close its half.
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_header_size(HEAD_BYTES)
        .half_close(true);
    builder
}

async fn answer(
    front: Arc<Front>,
    request: Request<Incoming>,
    peer: Peer,
) -> Result<Response, Infallible> {
    Ok(front.answer(request, peer).await)
}
