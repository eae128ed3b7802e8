//! Listeners, TLS, limits, graceful stop. This module owns sockets and tasks; what is said on them is the front's.
//!
//! * [`connection`]: one connection: protocol, timeouts · [`tls`]: certificates from files, read again when they change
//! * [`running`]: the handle of a running server

mod connection;
mod listener;
mod running;
mod tls;

pub use running::Running;

use crate::app::App;
use crate::config::Config;
use crate::doors::horacius;
use crate::forward_auth;
use crate::front::Front;
use crate::letters::{Post, PostError};
use crate::metadata::{self, Fetcher, NotUsable};
use crate::outbound::Outbound;
use crate::router::Doors;
use crate::telemetry::{self, Health};
use identity::Unavailable;
use identity::grants::AuthorizationServer;
use listener::{Listener, Serve};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

/// How many connections the telemetry listener takes at once.
const TELEMETRY_CONNECTIONS: u32 = 64;
/// How often durations are folded into buckets.
const FOLD: Duration = Duration::from_secs(5);
/// How often expired rows are deleted.
const PURGE: Duration = Duration::from_mins(1);
/// How often it is looked for applications that are still to be told of a logout.
const TELL_AGAIN: Duration = Duration::from_secs(5);

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken, or not ours.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A certificate or key file cannot be used.
    #[error("{path}: {what}")]
    Tls {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// Letters cannot leave as configured.
    #[error(transparent)]
    Post(#[from] PostError),
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] Unavailable),
    /// Nothing can be dialled.
    #[error(transparent)]
    Outbound(#[from] NotUsable),
}

/// Binds and serves. Returns as soon as requests are answered.
pub async fn start(config: &Config, app: App) -> Result<Running, StartError> {
    let app = app.sending(Outbound::new(config.outbound.networks()));
    let tls = match &config.tls {
        Some(files) => Some(tls::Acceptor::open(files)?),
        None => None,
    };
    let fetcher = Fetcher::new(&config.outbound)?;
    let (app, carrier) = match &config.mail {
        Some(mail) => {
            let (post, carrier) = Post::open(mail)?;
            (app.posting(post), Some(carrier))
        }
        None => (app, None),
    };
    let doors = Doors::open(config, &app).await?;
    let proxies_ask = forward_auth::router(app.clone(), config, &doors);
    let front = Arc::new(Front::new(
        app.clone(),
        doors,
        config.listen.proxies.clone(),
        config.limits.requests,
    ));
    let health = Health::default();
    let telemetry = telemetry::router(app.clone(), health.clone());

    let (stop, stopped) = watch::channel(false);
    let connections = Arc::new(Semaphore::new(permits(config.limits.connections)));
    let mut running = Running::new(
        health,
        stop,
        config.limits.clone(),
        Arc::clone(&connections),
    );
    let ends = (connections, stopped);
    if let Some(address) = config.listen.https {
        let serve = Serve::Doors {
            front: Arc::clone(&front),
            tls: tls.clone(),
        };
        running.https = listen(&mut running, address, serve, ends.clone()).await?;
    }
    if let Some(address) = config.listen.http {
        let serve = Serve::Doors { front, tls: None };
        running.http = listen(&mut running, address, serve, ends).await?;
    }
    if let Some(address) = config.listen.telemetry {
        let connections = Arc::new(Semaphore::new(permits(TELEMETRY_CONNECTIONS)));
        let ends = (connections, running.ended());
        running.telemetry =
            listen(&mut running, address, Serve::Telemetry(telemetry), ends).await?;
    }
    if let Some(address) = config.listen.forward_auth {
        let connections = Arc::new(Semaphore::new(permits(config.limits.connections)));
        // Like telemetry until the end: requests that run may still pass their proxy.
        let ends = (connections, running.ended());
        running.forward_auth =
            listen(&mut running, address, Serve::ForwardAuth(proxies_ask), ends).await?;
    }
    if let Some(carrier) = carrier {
        running.keep(carrier);
    }
    running.keep(metadata::refresh(app.clone(), fetcher));
    tend(&mut running, config, (app, tls));
    Ok(running)
}

/// What runs beside the listeners.
fn tend(running: &mut Running, config: &Config, (app, tls): (App, Option<tls::Acceptor>)) {
    if let Some(tls) = tls {
        running.keep(tls.watch());
    }
    for server in horacius::servers(config) {
        running.keep(tell_again(app.clone(), server));
    }
    running.keep(fold(app.clone()));
    running.keep(telemetry::expiry::watch(app.clone(), config.tls.clone()));
    running.keep(purge(app));
}

/// Binds, and answers there from now on: so many connections at once, until told to stop. Gives the address that the system chose.
async fn listen(
    running: &mut Running,
    address: SocketAddr,
    serve: Serve,
    (connections, stopped): (Arc<Semaphore>, watch::Receiver<bool>),
) -> Result<Option<SocketAddr>, StartError> {
    let socket = TcpListener::bind(address)
        .await
        .map_err(|source| StartError::Listen { address, source })?;
    let bound = socket.local_addr().ok();
    let listener = Listener {
        socket,
        serve,
        connections,
        stopped,
    };
    running.keep(listener.run());
    Ok(bound)
}

fn permits(count: u32) -> usize {
    usize::try_from(count).unwrap_or(Semaphore::MAX_PERMITS)
}

async fn fold(app: App) {
    let mut ticks = tokio::time::interval(FOLD);
    loop {
        ticks.tick().await;
        app.metrics.fold();
    }
}

/// Tells applications of logouts of which they could not be told at once.
async fn tell_again(app: App, server: AuthorizationServer) {
    let mut ticks = tokio::time::interval(TELL_AGAIN);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let (service, moment) = (&app.service, app.moment(None));
        let told = service.tell_again_of_logouts(&moment, &server, &app.outbound);
        if let Err(unavailable) = told.await {
            tracing::warn!(
                error = &unavailable as &dyn std::error::Error,
                "applications could not be told of logouts"
            );
        }
    }
}

async fn purge(app: App) {
    let mut ticks = tokio::time::interval(PURGE);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match app.service.purge(&app.moment(None)).await {
            Ok(0) => {}
            Ok(rows) => tracing::debug!(rows, "deleted what expired"),
            Err(unavailable) => tracing::warn!(
                error = &unavailable as &dyn std::error::Error,
                "could not delete what expired"
            ),
        }
    }
}
