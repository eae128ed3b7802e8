//! TLS, HTTP/2, and certificates that change.

use crate::support::{GRID, TestServer, Wanted};
use reqwest::{Certificate, Client, Version};
use server::config::Tls;
use std::path::Path;
use tempfile::TempDir;

/// Writes a new certificate and key, and returns the certificate.
fn renew(folder: &Path) -> Certificate {
    let made = rcgen::generate_simple_self_signed([GRID.to_owned()]).unwrap();
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    std::fs::write(folder.join("certificate.pem"), made.cert.pem()).unwrap();
    Certificate::from_pem(made.cert.pem().as_bytes()).unwrap()
}

async fn start() -> (TestServer, TempDir, Certificate) {
    let folder = TempDir::new().unwrap();
    let certificate = renew(folder.path());
    let files = Tls {
        certificate: folder.path().join("certificate.pem"),
        key: folder.path().join("key.pem"),
    };
    let server = TestServer::start_with(Wanted {
        tls: Some(files),
        stranger: true,
        ..Wanted::default()
    })
    .await;
    (server, folder, certificate)
}

/// A client that trusts exactly that certificate.
fn client(server: &TestServer, certificate: &Certificate) -> reqwest::ClientBuilder {
    let address = server.running.https.unwrap();
    Client::builder()
        .no_proxy()
        .resolve(GRID, address)
        .tls_certs_only([certificate.clone()])
}

fn url(server: &TestServer) -> String {
    format!(
        "https://{GRID}:{}/api/versions",
        server.running.https.unwrap().port()
    )
}

#[tokio::test]
async fn both_versions_of_http_are_spoken_over_tls() {
    let (server, _folder, certificate) = start().await;
    let second = client(&server, &certificate)
        .build()
        .unwrap()
        .get(url(&server))
        .send()
        .await
        .unwrap();
    assert_eq!(
        (second.status().as_u16(), second.version()),
        (200, Version::HTTP_2)
    );
    assert_eq!(
        second.headers()["strict-transport-security"],
        "max-age=31536000"
    );
    let first = client(&server, &certificate).http1_only().build().unwrap();
    let first = first.get(url(&server)).send().await.unwrap();
    assert_eq!(
        (first.status().as_u16(), first.version()),
        (200, Version::HTTP_11)
    );
}

#[tokio::test]
async fn a_certificate_that_changed_is_used_without_a_restart() {
    let (server, folder, old) = start().await;
    // A faulty pair in between is not used: the old one stays.
    std::fs::write(folder.path().join("certificate.pem"), "nothing").unwrap();
    assert!(
        client(&server, &old)
            .build()
            .unwrap()
            .get(url(&server))
            .send()
            .await
            .is_ok()
    );
    let new = renew(folder.path());
    while client(&server, &new)
        .build()
        .unwrap()
        .get(url(&server))
        .send()
        .await
        .is_err()
    {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert!(
        client(&server, &old)
            .build()
            .unwrap()
            .get(url(&server))
            .send()
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_key_that_does_not_fit_stops_the_start() {
    let folder = TempDir::new().unwrap();
    renew(folder.path());
    let certificate = folder.path().join("certificate.pem");
    let kept = std::fs::read(&certificate).unwrap();
    renew(folder.path());
    std::fs::write(&certificate, kept).unwrap();
    let error = TestServer::refused(Tls {
        certificate,
        key: folder.path().join("key.pem"),
    })
    .await;
    assert!(error.contains("key.pem"), "{error}");
}
