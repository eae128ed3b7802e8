//! HTTP/2 as a weapon.

use crate::support::wire::FOREVER;
use crate::support::{GRID, TestServer, Wanted};
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use server::config::Tls;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Kinds of frame (RFC 9113 §6).
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;

/// END_STREAM and END_HEADERS.
const WHOLE: u8 = 0x5;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A literal header without indexing (RFC 7541 §6.2.2), names and values below 127 bytes.
fn literal(name: &str, value: &[u8]) -> Vec<u8> {
    let length = |text: &[u8]| u8::try_from(text.len()).unwrap();
    [
        &[0, length(name.as_bytes())],
        name.as_bytes(),
        &[length(value)],
        value,
    ]
    .concat()
}

fn request(extra: &[u8]) -> Vec<u8> {
    // `:method GET`, `:scheme https` and `:path /` from the static table.
    [
        &[0x82, 0x87, 0x84][..],
        &literal(":authority", GRID.as_bytes()),
        extra,
    ]
    .concat()
}

async fn connect(server: &TestServer, root: &str) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots
        .add(rustls::pki_types::CertificateDer::from_pem_slice(root.as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap();
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let socket = TcpStream::connect(server.running.https.unwrap())
        .await
        .unwrap();
    let name = ServerName::try_from(GRID).unwrap();
    let mut stream = TlsConnector::from(Arc::new(config))
        .connect(name, socket)
        .await
        .unwrap();
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .await
        .unwrap();
    stream.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
    stream
}

async fn start() -> (TestServer, tempfile::TempDir, String) {
    let folder = tempfile::TempDir::new().unwrap();
    let made = rcgen::generate_simple_self_signed([GRID.to_owned()]).unwrap();
    let files = Tls {
        certificate: folder.path().join("certificate.pem"),
        key: folder.path().join("key.pem"),
    };
    std::fs::write(&files.certificate, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    let server = TestServer::start_with(Wanted {
        tls: Some(files),
        stranger: true,
        ..Wanted::default()
    })
    .await;
    (server, folder, made.cert.pem())
}

/// Reads frames until one of `kind` comes; `None` if the connection ends before.
async fn until(stream: &mut TlsStream<TcpStream>, kind: u8) -> Option<Vec<u8>> {
    loop {
        let mut head = [0; 9];
        tokio::time::timeout(FOREVER, stream.read_exact(&mut head))
            .await
            .expect("a frame or an end")
            .ok()?;
        let mut payload = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
        stream.read_exact(&mut payload).await.ok()?;
        if head[3] == kind {
            return Some(payload);
        }
    }
}

#[tokio::test]
async fn streams_that_are_opened_and_reset_end_the_connection() {
    let (server, _folder, root) = start().await;
    let mut calm = connect(&server, &root).await;
    calm.write_all(&frame(HEADERS, WHOLE, 1, &request(&[])))
        .await
        .unwrap();
    assert!(
        until(&mut calm, HEADERS).await.is_some(),
        "one request is answered"
    );

    let mut rapid = connect(&server, &root).await;
    let mut burst = Vec::new();
    for stream in (1..).step_by(2).take(2000) {
        burst.extend(frame(HEADERS, WHOLE, stream, &request(&[])));
        burst.extend(frame(RST_STREAM, 0, stream, &8u32.to_be_bytes()));
    }
    let _ = rapid.write_all(&burst).await;
    let _ = until(&mut rapid, GOAWAY).await;
    assert!(
        until(&mut rapid, HEADERS).await.is_none(),
        "the connection is over"
    );
}

#[tokio::test]
async fn a_line_break_in_a_header_is_refused() {
    let (server, _folder, root) = start().await;
    let mut stream = connect(&server, &root).await;
    let plain = request(&literal("x-plain", b"a"));
    stream
        .write_all(&frame(HEADERS, WHOLE, 1, &plain))
        .await
        .unwrap();
    assert!(
        until(&mut stream, HEADERS).await.is_some(),
        "without it the request is answered"
    );
    let smuggled = request(&literal("x-plain", b"a\r\nhost: evil.example.com"));
    stream
        .write_all(&frame(HEADERS, WHOLE, 3, &smuggled))
        .await
        .unwrap();
    assert!(
        until(&mut stream, HEADERS).await.is_none(),
        "the request was answered"
    );
}

#[tokio::test]
async fn a_connection_that_never_asks_is_ended() {
    let (server, _folder, root) = start().await;
    let mut stream = connect(&server, &root).await;
    assert!(until(&mut stream, HEADERS).await.is_none());
}
