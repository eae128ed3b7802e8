//! A listener: accepts while there is room, until told to stop.

use crate::front::{Front, Peer};
use crate::start::{connection, tls};
use axum::{Extension, Router};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// How long to wait when the system has no more file descriptors; trying again at once would only spin.
const BREATH: Duration = Duration::from_millis(50);

/// What a listener offers.
#[derive(Clone)]
pub(super) enum Serve {
    Doors {
        front: Arc<Front>,
        tls: Option<tls::Acceptor>,
    },
    Telemetry(Router),
    ForwardAuth(Router),
}

pub(super) struct Listener {
    pub(super) socket: TcpListener,
    pub(super) serve: Serve,
    pub(super) connections: Arc<Semaphore>,
    pub(super) stopped: watch::Receiver<bool>,
}

impl Listener {
    /// Accepts until stopped. A permit is taken before the connection, so that too many wait in the backlog and cost nothing.
    pub(super) async fn run(mut self) {
        loop {
            let Ok(permit) = Arc::clone(&self.connections).acquire_owned().await else {
                return;
            };
            let accepted = tokio::select! {
                accepted = self.socket.accept() => accepted,
                () = connection::told(&mut self.stopped) => return,
            };
            match accepted {
                Ok((stream, address)) => {
                    let peer = Peer {
                        address: address.ip().to_canonical(),
                        tls: false,
                    };
                    tokio::spawn(serve(
                        self.serve.clone(),
                        stream,
                        peer,
                        self.stopped.clone(),
                        permit,
                    ));
                }
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "cannot accept");
                    tokio::time::sleep(BREATH).await;
                }
            }
        }
    }
}

async fn serve(
    serve: Serve,
    stream: TcpStream,
    peer: Peer,
    stopped: watch::Receiver<bool>,
    _permit: OwnedSemaphorePermit,
) {
    let _ = stream.set_nodelay(true);
    match serve {
        Serve::ForwardAuth(router) => {
            connection::telemetry(stream, router.layer(Extension(peer)), stopped).await;
        }
        Serve::Telemetry(router) => connection::telemetry(stream, router, stopped).await,
        Serve::Doors { front, tls: None } => connection::http1(stream, front, peer, stopped).await,
        Serve::Doors {
            front,
            tls: Some(acceptor),
        } => {
            // A handshake that does not finish, or fails, is of no interest: the peer knows.
            let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await
            else {
                return;
            };
            let peer = Peer { tls: true, ..peer };
            if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                connection::http2(stream, front, peer, stopped).await;
            } else {
                connection::http1(stream, front, peer, stopped).await;
            }
        }
    }
}
