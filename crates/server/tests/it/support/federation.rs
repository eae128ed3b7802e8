//! A server on the Internet, as far as this machine has one: TLS under an authority of its own, and documents that may be bad.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use hyper::StatusCode;
use hyper::header::LOCATION;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// What it answers.
#[derive(Clone)]
pub(crate) enum Says {
    Document(String),
    /// Somewhere else on the same server there is one.
    Moved(String),
    /// One that goes on for that many bytes.
    Long(usize),
    /// Half of one, and the rest after a while.
    Slowly(String, Duration),
    Failure,
}

/// A server that describes somebody.
pub(crate) struct Federation {
    folder: TempDir,
    pub(crate) address: SocketAddr,
    says: Arc<Mutex<Says>>,
}

impl Federation {
    pub(crate) async fn start() -> Self {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority =
            CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let leaf = CertificateParams::new(names).unwrap();
        let leaf = leaf.signed_by(&key, &authority).unwrap();
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("authority.pem"), authority.pem()).unwrap();

        let provider = tokio_rustls::rustls::crypto::aws_lc_rs::default_provider();
        let config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![leaf.der().clone()],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let says = Arc::new(Mutex::new(Says::Failure));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&says));
        tokio::spawn(serve(listener, TlsAcceptor::from(Arc::new(config)), router));
        Self {
            folder,
            address,
            says,
        }
    }

    /// The certificate of its authority.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    pub(crate) fn url(&self, host: &str) -> String {
        format!("https://{host}:{}/metadata", self.address.port())
    }

    pub(crate) fn says(&self, says: Says) {
        *self.says.lock().unwrap() = says;
    }
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, router: Router) {
    while let Ok((stream, _)) = listener.accept().await {
        let (acceptor, router) = (acceptor.clone(), router.clone());
        tokio::spawn(async move {
            // Whoever does not trust the authority hangs up.
            let Ok(stream) = acceptor.accept(stream).await else {
                return;
            };
            let service = TowerToHyperService::new(router);
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(State(says): State<Arc<Mutex<Says>>>, request: axum::extract::Request) -> Response {
    let says = says.lock().unwrap().clone();
    match says {
        Says::Moved(document) if request.uri().path() == "/elsewhere" => document.into_response(),
        Says::Document(document) => document.into_response(),
        Says::Moved(_) => (StatusCode::FOUND, [(LOCATION, "/elsewhere")]).into_response(),
        Says::Long(bytes) => {
            const PART: usize = 64 * 1024;
            let parts = (0..bytes.div_ceil(PART)).map(move |part| {
                let length = PART.min(bytes - part * PART);
                Ok::<_, std::io::Error>(Bytes::from(vec![b' '; length]))
            });
            Body::from_stream(futures_util::stream::iter(parts)).into_response()
        }
        Says::Slowly(document, after) => {
            let (first, second) = document.split_at(document.len() / 2);
            let second = second.to_owned();
            let later = async move {
                tokio::time::sleep(after).await;
                second
            };
            let first = futures_util::stream::iter([first.to_owned()]);
            let parts = first.chain(futures_util::stream::once(later));
            Body::from_stream(parts.map(Ok::<_, std::io::Error>)).into_response()
        }
        Says::Failure => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
