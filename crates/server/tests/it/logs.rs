//! What stands in the logs, and what must never.

use crate::support::{ADFS, Call, GRID, TestServer, Wanted, sign_on};
use identity::moment::Random as _;
use jiff::Timestamp;
use serde_json::{Value, json};
use server::clock::SystemRandom;
use server::config::log::{Format, Log};
use server::telemetry::log::subscriber;
use std::io;
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;

/// Keeps what is written.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Kept {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

fn random_text() -> String {
    let mut bytes = [0; 16];
    SystemRandom.fill(&mut bytes);
    uuid::Uuid::from_bytes(bytes).to_string()
}

/// Everything that our own crates say, on this thread, until the guard is dropped.
fn listen() -> (Kept, tracing::subscriber::DefaultGuard) {
    let kept = Kept::default();
    let level =
        "off,server=trace,identity=trace,saml=trace,xmldsig=trace,portaria=trace".to_owned();
    let subscriber = subscriber(
        &Log {
            level,
            format: Format::Json,
        },
        kept.clone(),
    )
    .unwrap();
    (kept, tracing::subscriber::set_default(subscriber))
}

#[tokio::test]
async fn no_secret_of_a_sign_on_stands_in_the_logs() {
    let (kept, _guard) = listen();
    let password = format!("canary-{}", random_text());
    let server = TestServer::start_with(Wanted {
        password: Some(password.clone()),
        ..Wanted::default()
    })
    .await;
    let response = sign_on::saml_response(&server, "12345", "ana@my-domain", &password).await;
    let token = sign_on::redeem(&server, &response, "12345").await.data();
    let replay = sign_on::redeem(&server, &response, "12345").await;
    let config = server
        .answer(Call::get(GRID, "/api/v3/org/config").bearer(&token))
        .await;
    let url = server
        .answer(
            Call::new("DELETE", GRID, "/api/v3/authorize")
                .bearer(&token)
                .header("Cookie", "sso=true"),
        )
        .await
        .data();
    let target = url.strip_prefix("https://adfs.example.com").unwrap();
    let signed_out = server.answer(Call::get(ADFS, target)).await;
    assert_eq!(
        (replay.status, config.status, signed_out.status),
        (401, 200, 302)
    );

    let log = kept.text();
    // The log is not simply empty: it has the refusal, and ties it to its answer.
    let correlation = replay.header("x-correlation-id").unwrap();
    assert!(
        log.contains("assertion.replayed") && log.contains(correlation),
        "{log}"
    );
    let request = sign_on::between(target, "SAMLRequest=", "&");
    for (name, secret) in [
        ("password", &password[..]),
        ("token", &token),
        ("response", &response[..64]),
        ("request", &request[..64]),
    ] {
        assert!(
            !log.contains(secret),
            "the {name} stands in the log:\n{log}"
        );
    }
}

#[tokio::test]
async fn what_clients_write_cannot_forge_a_line_of_the_log() {
    let (kept, _guard) = listen();
    let server = TestServer::start().await;
    let forged = "ana\n{\"level\":\"INFO\",\"message\":\"forged\"}\u{1b}[31m\u{202e}";
    let body = serde_json::json!({ "accountId": "55555", "username": forged, "password": "x" })
        .to_string();
    let answer = server
        .answer(Call::post(GRID, "/api/v3/authorize").json(&body))
        .await;
    assert_eq!(answer.status, 401, "{answer}");
    let log = kept.text();
    assert!(log.contains("login.credentials"), "{log}");
    for line in log.lines() {
        let event: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_ne!(event["message"], "forged");
    }
}

#[test]
fn every_kind_of_value_is_json() {
    let (kept, _guard) = listen();
    let none: Option<&str> = None;
    tracing::info!(
        target: "portaria::test",
        signed = -1_i64,
        unsigned = u64::MAX,
        half = 0.5,
        nothing = f64::NAN,
        yes = true,
        large = u128::MAX,
        none,
        shown = %"a\"b",
        debugged = ?vec!["c"],
        error = &io::Error::other("d\\e") as &dyn std::error::Error,
        "it {}",
        "happened"
    );
    let line = kept.text();
    assert!(line.ends_with("}\n") && line.matches('\n').count() == 1);
    let mut value: Value = serde_json::from_str(&line).unwrap();
    let time = value.as_object_mut().unwrap().remove("timestamp").unwrap();
    assert!(time.as_str().unwrap().parse::<Timestamp>().is_ok());
    assert_eq!(
        time.as_str().unwrap().len(),
        "2026-11-22T09:44:52.780351Z".len()
    );
    assert_eq!(
        value,
        json!({
            "level": "INFO", "target": "portaria::test", "message": "it happened",
            "signed": -1, "unsigned": u64::MAX, "half": 0.5, "nothing": null, "yes": true, "large": u128::MAX.to_string(),
            "shown": "a\"b", "debugged": "[\"c\"]", "error": "d\\e",
        })
    );
}

#[test]
fn nothing_breaks_out_of_its_line() {
    let (kept, _guard) = listen();
    let every: String = (0..0x300).filter_map(char::from_u32).collect();
    tracing::info!(target: "portaria::test", plain = every, shown = %every);
    let line = kept.text();
    assert!(!line.trim_end_matches('\n').contains(|c: char| c < ' '));
    let value: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(value["plain"], every.as_str());
    assert_eq!(value["shown"], every.as_str());
}
