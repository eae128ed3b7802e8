//! Fingerprints of the keys with which hosts prove who they are, for a browser that does not know the authorities named in
//! `SSL_CERT_FILE`: each host is verified here, and the browser takes that one key of it.

use crate::login::refusal::{Refusal, quoted};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;

/// The longest answer of a proxy that is read.
const LONGEST_HEAD: usize = 8 * 1024;

/// One for each of `hosts` that the authorities in that file vouch for. A host that they do not vouch for has none: the browser
/// judges it by the authorities that it knows.
pub(super) async fn pinned(
    hosts: &[String],
    authorities: &Path,
    proxy: Option<&str>,
) -> Result<Vec<String>, Refusal> {
    let faulty = |error: String| Refusal::Browser {
        reason: format!(
            "SSL_CERT_FILE {}: {}",
            authorities.display(),
            quoted(&error)
        ),
    };
    let mut roots = RootCertStore::empty();
    let named = CertificateDer::pem_file_iter(authorities);
    for certificate in named.map_err(|error| faulty(error.to_string()))? {
        let certificate = certificate.map_err(|error| faulty(error.to_string()))?;
        roots
            .add(certificate)
            .map_err(|error| faulty(error.to_string()))?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| faulty(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    let mut pins = Vec::new();
    for host in hosts {
        if let Ok(url) = Url::parse(&format!("https://{host}/")) {
            pins.extend(pin(&connector, &url, proxy).await.ok().flatten());
        }
    }
    Ok(pins)
}

async fn pin(
    connector: &TlsConnector,
    url: &Url,
    proxy: Option<&str>,
) -> io::Result<Option<String>> {
    let host = url.host_str().unwrap_or_default().to_owned();
    let port = url.port_or_known_default().unwrap_or(443);
    let stream = match proxy {
        Some(proxy) => through(proxy, &host, port).await?,
        None => TcpStream::connect((host.as_str(), port)).await?,
    };
    let name = ServerName::try_from(host).map_err(io::Error::other)?;
    let stream = connector.connect(name, stream).await?;
    let (_, connection) = stream.get_ref();
    let certificate = connection.peer_certificates().and_then(<[_]>::first);
    Ok(certificate.and_then(|certificate| fingerprint(certificate)))
}

/// A connection through an HTTP proxy (RFC 9110 §9.3.6).
async fn through(proxy: &str, host: &str, port: u16) -> io::Result<TcpStream> {
    let proxy = Url::parse(proxy).map_err(io::Error::other)?;
    let address = (
        proxy.host_str().unwrap_or_default(),
        proxy.port_or_known_default().unwrap_or(80),
    );
    let mut stream = TcpStream::connect(address).await?;
    let asked = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n");
    stream.write_all(asked.as_bytes()).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() > LONGEST_HEAD {
            return Err(io::Error::other("the proxy says too much"));
        }
        head.push(stream.read_u8().await?);
    }
    let accepted = head.split(|byte| *byte == b' ').nth(1) == Some(b"200");
    accepted
        .then_some(stream)
        .ok_or_else(|| io::Error::other("the proxy refuses"))
}

/// SHA-256 of a certificate's SubjectPublicKeyInfo, as base64.
fn fingerprint(certificate: &[u8]) -> Option<String> {
    let (_, certificate) = x509_parser::parse_x509_certificate(certificate).ok()?;
    let key = digest(&SHA256, certificate.public_key().raw);
    Some(STANDARD.encode(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, PublicKeyData as _};

    #[test]
    fn a_key_has_the_fingerprint_that_browsers_compare() {
        let pair = KeyPair::generate().unwrap();
        let certificate = CertificateParams::default().self_signed(&pair).unwrap();
        let expected = STANDARD.encode(digest(&SHA256, &pair.subject_public_key_info()));
        assert_eq!(fingerprint(certificate.der()), Some(expected));
        assert_eq!(fingerprint(b"no certificate"), None);
    }
}
