//! What every request passes before its door, and every answer after it. This module owns what holds for all doors alike:
//! which host, which path, how much, from where; it knows no wire shape.
//!
//! * [`authority`]: the one host a request names · [`path`]: paths that mean one thing only
//! * [`client`]: the client's address · [`headers`]: what every answer carries · [`access`]: the access log
//! * [`unread`]: the rest of a body that a door did not read

mod access;
mod authority;
pub(crate) mod client;
pub(crate) mod headers;
pub(crate) mod path;
mod unread;

use crate::app::App;
use crate::http::{Passage, answer};
use crate::router::{Doors, Mounted};
use crate::telemetry::metrics::Requests;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use futures_util::FutureExt;
use hyper::StatusCode;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, EXPECT, HeaderName, HeaderValue, TRANSFER_ENCODING};
use hyper::http::request::Parts;
use identity::Moment;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tower::ServiceExt;

/// How long a URI may be: a signed LogoutRequest in a redirect is below 4 KiB.
const URI: usize = 16 * 1024;
/// How large all headers may be together.
const HEADERS: usize = 16 * 1024;

/// Name in logs and metrics of requests that reach no door.
const NOWHERE: &str = "-";

/// Where a connection came from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    /// The address of the socket's other end.
    pub(crate) address: IpAddr,
    /// Whether it speaks TLS with us.
    pub(crate) tls: bool,
}

/// The way in.
pub(crate) struct Front {
    app: App,
    doors: Doors,
    proxies: Vec<IpAddr>,
    nowhere: Requests,
    // One semaphore for all connections. (A `ConcurrencyLimitLayer` given to a router is cloned for each of them and limits
    // nothing.)
    under_way: Arc<Semaphore>,
}

impl Front {
    pub(crate) fn new(app: App, doors: Doors, proxies: Vec<IpAddr>, requests: u32) -> Self {
        let under_way = Arc::new(Semaphore::new(
            usize::try_from(requests).unwrap_or(Semaphore::MAX_PERMITS),
        ));
        Self {
            nowhere: app.metrics.requests(NOWHERE),
            app,
            doors,
            proxies,
            under_way,
        }
    }

    /// Answers one request.
    pub(crate) async fn answer(&self, request: hyper::Request<Incoming>, peer: Peer) -> Response {
        let started = tokio::time::Instant::now();
        let (mut parts, body) = request.into_parts();
        let client = client::resolve(&mut parts, peer, &self.proxies);
        let moment = Moment {
            browser: client::browser(&parts.headers),
            ..self.app.moment(Some(client.address))
        };
        let method = parts.method.clone();
        // RFC 9112 §6.1: a request framed by Transfer-Encoding may have carried a Content-Length too, and somebody before us
        // may have believed that one. The connection ends with the answer, so nothing can hide behind the request.
        let chunked = parts.headers.contains_key(TRANSFER_ENCODING);
        // A client that waits for `100 Continue` has sent nothing: there is nothing to swallow.
        let waits = parts.headers.contains_key(EXPECT);
        let (body, unread) = unread::lend(body);
        let passage = Passage::new(moment, client.scheme);
        let (door, requests, mut response) = match self.admit(&parts, client) {
            Ok(door) => {
                parts.extensions.insert(Arc::clone(&passage));
                let request = Request::from_parts(parts, Body::new(body));
                (door.name, &door.requests, self.ask(door, request).await)
            }
            Err(turned) => {
                drop(body);
                (NOWHERE, &self.nowhere, turned.answer())
            }
        };
        // A client that was too slow was waited for already.
        if !waits && response.status() != StatusCode::REQUEST_TIMEOUT {
            unread.swallow().await;
        }
        if chunked {
            close(&mut response);
        }
        headers::complete(&mut response, client.secure, passage.moment.correlation);
        let took = started.elapsed();
        requests.answered(response.status().as_u16(), took);
        access::log(&access::Entry {
            door,
            method: &method,
            passage: &passage,
            status: response.status(),
            took,
        });
        response
    }

    /// The door that a request is for, or why there is none.
    fn admit(&self, parts: &Parts, client: client::Client) -> Result<&Mounted, Turned> {
        let target = parts.uri.path_and_query();
        if target.is_some_and(|target| target.as_str().len() > URI) {
            return Err(Turned::away(StatusCode::URI_TOO_LONG));
        }
        let line =
            |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len() + 4;
        if parts.headers.iter().map(line).sum::<usize>() > HEADERS {
            return Err(Turned::away(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
        }
        let host = authority::of(parts).map_err(|_| Turned::off(StatusCode::BAD_REQUEST))?;
        if !path::is_plain(parts.uri.path()) {
            return Err(Turned::away(StatusCode::BAD_REQUEST));
        }
        let door = self
            .doors
            .of(&host)
            .ok_or_else(|| Turned::away(StatusCode::MISDIRECTED_REQUEST))?;
        // Passwords and tokens do not travel in the clear: plain HTTP is for a proxy that is named in the configuration.
        if client.secure || door.plain {
            Ok(door)
        } else {
            Err(Turned::away(StatusCode::MISDIRECTED_REQUEST))
        }
    }

    async fn ask(&self, door: &Mounted, request: Request) -> Response {
        let Ok(_permit) = self.under_way.try_acquire() else {
            return answer::unavailable();
        };
        // A fault of ours in one request must not take the others of its connection along.
        let answered = AssertUnwindSafe(door.routes.clone().oneshot(request)).catch_unwind();
        match answered.await {
            Ok(Ok(response)) => response,
            Ok(Err(never)) => match never {},
            Err(_) => {
                tracing::error!(door = door.name, "a handler panicked");
                answer::plain(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }
}

/// A request that reaches no door.
struct Turned {
    status: StatusCode,
    /// Whether the connection cannot be trusted to be in step any more.
    end: bool,
}

impl Turned {
    /// The next request may still find its door.
    fn away(status: StatusCode) -> Self {
        Self { status, end: false }
    }

    /// Nothing that follows on this connection is read.
    fn off(status: StatusCode) -> Self {
        Self { status, end: true }
    }

    fn answer(self) -> Response {
        let mut response = answer::plain(self.status);
        if self.end {
            close(&mut response);
        }
        response
    }
}

fn close(response: &mut Response) {
    answer::set(response, CONNECTION, "close");
}
