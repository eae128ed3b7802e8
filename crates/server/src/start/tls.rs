//! Certificates from files, read again when they change.

use crate::config::Tls;
use crate::start::StartError;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::Path;
use std::sync::{Arc, RwLock};
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// How often the files are looked at; a look is two `stat` calls.
const LOOK: Duration = Duration::from_secs(1);

/// Accepts TLS with the certificate that the files hold now. Cheap to clone.
#[derive(Clone)]
pub(super) struct Acceptor {
    files: Tls,
    config: Arc<RwLock<Arc<ServerConfig>>>,
}

impl Acceptor {
    /// Reads the files. A fault here stops the start; a fault later keeps the certificate that is in use.
    pub(super) fn open(files: &Tls) -> Result<Self, StartError> {
        let config = Arc::new(RwLock::new(Arc::new(read(files)?)));
        Ok(Self {
            files: files.clone(),
            config,
        })
    }

    /// One handshake.
    pub(super) async fn accept<S>(&self, stream: S) -> std::io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let config = Arc::clone(
            &self
                .config
                .read()
                .unwrap_or_else(std::sync::PoisonError::into_inner),
        );
        TlsAcceptor::from(config).accept(stream).await
    }

    /// Reads the files again whenever one of them changed.
    pub(super) async fn watch(self) {
        let mut seen = changed(&self.files);
        loop {
            tokio::time::sleep(LOOK).await;
            let now = changed(&self.files);
            if now == seen {
                continue;
            }
            match read(&self.files) {
                Ok(config) => {
                    *self
                        .config
                        .write()
                        .unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(config);
                    seen = now;
                    tracing::info!("read the certificate again");
                }
                // Key and certificate are replaced one after the other: until they fit, the old pair stays.
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "kept the old certificate"
                ),
            }
        }
    }
}

fn changed(files: &Tls) -> [Option<SystemTime>; 2] {
    [&files.certificate, &files.key].map(|path| {
        std::fs::metadata(path)
            .and_then(|metadata| metadata.modified())
            .ok()
    })
}

fn read(files: &Tls) -> Result<ServerConfig, StartError> {
    let fault = |path: &Path, what: String| StartError::Tls {
        path: path.to_owned(),
        what,
    };
    let chain: Vec<_> = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect)
        .map_err(|error| fault(&files.certificate, error.to_string()))?;
    if chain.is_empty() {
        return Err(fault(&files.certificate, "holds no certificate".to_owned()));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|error| fault(&files.key, error.to_string()))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| fault(&files.certificate, error.to_string()))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| fault(&files.key, error.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
