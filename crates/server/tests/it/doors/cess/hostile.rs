//! Clients that write what no library would: what of it reaches the service behind the gateway.

use super::{CESS, CPF, Cess, basic, gateway, upstream};
use crate::support::wire::{exchange, status, until_closed};
use crate::support::{Call, TestServer, totp};
use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use jiff::SignedDuration;
use server::config::gateway::Upstream;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

/// What a service was asked: request line, and the length of a body that came whole.
type Seen = Arc<Mutex<Vec<String>>>;

/// A gateway in front of a service that writes down what it is asked.
struct Guarded {
    psc: TestServer,
    gateway: TestServer,
    seen: Seen,
}

impl Guarded {
    async fn start() -> Self {
        let psc = super::psc_server().await;
        let seen = Seen::default();
        let upstream = Upstream {
            timeout: SignedDuration::from_secs(1),
            ..upstream("/", service(Arc::clone(&seen)).await)
        };
        let gateway = gateway(psc.http, upstream).await;
        Self { psc, gateway, seen }
    }

    async fn session(&self) -> String {
        let opening = Call::get(CESS, "/")
            .header("Authorization", &basic(&totp::code(&self.psc)))
            .header("VCSchemaCfg", "returnAccessToken=true;autoRevoke=false");
        let answer = self.gateway.answer(opening).await;
        self.seen.lock().unwrap().clear();
        let data = answer.header("vcschemadata").expect("it was asked for");
        data.split(';').next().unwrap().to_owned()
    }

    fn seen(&self) -> Vec<String> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

async fn service(seen: Seen) -> SocketAddr {
    async fn write_down(State(seen): State<Seen>, request: Request) {
        let (parts, body) = request.into_parts();
        let whole = to_bytes(body, usize::MAX).await.ok();
        let length = whole.map_or("cut off".to_owned(), |bytes| bytes.len().to_string());
        let line = format!("{} {} {length}", parts.method, parts.uri);
        seen.lock().unwrap().push(line);
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(write_down).with_state(seen);
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

#[tokio::test]
async fn no_request_hides_behind_another() {
    let guarded = Guarded::start().await;
    let token = guarded.session().await;
    let hidden = format!("GET /hidden HTTP/1.1\r\nHost: {CESS}\r\n\r\n");
    let body = format!("0\r\n\r\n{hidden}");
    let (five, chunked) = (Some("POST /sign 5"), Some("POST /sign 0"));
    for (framing, reaches) in [
        ("Content-Length: 5", five),
        ("Transfer-Encoding: chunked", chunked),
        ("Content-Length: 5\r\nTransfer-Encoding: chunked", chunked),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5", chunked),
        ("Transfer-Encoding: identity\r\nContent-Length: 5", None),
        ("Transfer-Encoding: chunked, identity", None),
        ("Transfer-Encoding: xchunked", None),
        ("Transfer-Encoding : chunked", None),
        ("Content-Length: 5\r\nContent-Length: 6", None),
        ("Content-Length: 5, 6", None),
        ("Content-Length: -5", None),
        ("Content-Length: 0x5", None),
        // What a second reader would take for the length is not handed on.
        ("Content_Length: 99\r\nContent-Length: 5", five),
        ("Connection: Content-Length\r\nContent-Length: 5", five),
    ] {
        let request = format!(
            "POST /sign HTTP/1.1\r\nHost: {CESS}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n{framing}\r\n\r\n{body}"
        );
        let answer = exchange(guarded.gateway.http, request.as_bytes()).await;
        let seen = guarded.seen();
        assert_eq!(seen, Vec::from_iter(reaches), "{framing}: {answer}");
        let wanted = if reaches.is_some() { 200 } else { 400 };
        assert_eq!(status(&answer), Some(wanted), "{framing}: {answer}");
        let answers = answer.matches("HTTP/1.1").count();
        assert_eq!(answers, 1, "{framing}: {answer}");
    }
}

#[tokio::test]
async fn no_byte_in_a_credential_is_more_than_a_refusal() {
    let guarded = Guarded::start().await;
    let shapes = [("Bearer a", "b"), ("", "Basic MTox"), ("VCSchema MTox", "")];
    for (byte, (before, after)) in (0..=255u8).zip(shapes.into_iter().cycle()) {
        let start = format!("GET / HTTP/1.1\r\nHost: {CESS}\r\nConnection: close\r\n");
        let mut request = format!("{start}Authorization: {before}").into_bytes();
        request.push(byte);
        request.extend_from_slice(after.as_bytes());
        request.extend_from_slice(b"\r\n\r\n");
        let answer = exchange(guarded.gateway.http, &request).await;
        // 429: too many tokens that no provider knows.
        let refused = matches!(status(&answer), Some(400 | 401 | 429));
        assert!(refused, "{before} {byte:#x}: {answer}");
    }
    assert_eq!(guarded.seen(), [""; 0], "nothing of it reached the service");
}

#[tokio::test]
async fn a_client_that_stops_sending_is_not_waited_for_for_ever() {
    let guarded = Guarded::start().await;
    let token = guarded.session().await;
    let request = format!(
        "POST /sign HTTP/1.1\r\nHost: {CESS}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\nContent-Length: 10\r\n\r\nhalf"
    );
    let answer = exchange(guarded.gateway.http, request.as_bytes()).await;
    assert_eq!(status(&answer), Some(504), "{answer}");
    assert!(answer.contains("gateway.upstream_timeout"), "{answer}");
}

#[tokio::test]
async fn a_body_that_broke_off_is_not_taken_for_a_whole_one() {
    let guarded = Guarded::start().await;
    let token = guarded.session().await;
    for framing in [
        "Content-Length: 10\r\n\r\nhalf",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nwhole\r\n5\r\nha",
    ] {
        let request = format!(
            "POST /sign HTTP/1.1\r\nHost: {CESS}\r\nAuthorization: Bearer {token}\r\n{framing}"
        );
        let mut client = TcpStream::connect(guarded.gateway.http).await.unwrap();
        client.write_all(request.as_bytes()).await.unwrap();
        client.shutdown().await.unwrap();
        let answer = until_closed(&mut client).await;
        assert_ne!(status(&answer), Some(200), "{framing:?}: {answer}");
    }
    for line in guarded.seen() {
        assert_eq!(line, "POST /sign cut off");
    }
}

#[tokio::test]
async fn a_head_may_be_large_but_not_too_large() {
    let cess = Cess::start().await;
    let token = cess.session().await;
    for (length, wanted) in [(12 * 1024, 200), (17 * 1024, 431)] {
        let long = "a".repeat(length);
        let call = Call::get(CESS, "/sign").bearer(&token);
        let answer = cess.call(call.header("X-Long", &long)).await;
        assert_eq!(answer.status, wanted, "{length}");
    }
    let call = Call::get(CESS, "/sign").bearer(&token);
    assert!(cess.call(call).await.body.contains(CPF), "control");
}

/// RFC 9112 §2.3: the version belongs to the connection. A service that speaks HTTP/1.0 must not make ours speak it.
#[tokio::test]
async fn an_answer_in_an_old_version_is_handed_on_in_ours() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = b"HTTP/1.0 200 OK\r\nConnection: x-private\r\nX-Private: 1\r\n\r\nold";
            stream.write_all(answer).await.unwrap();
        }
    });
    let psc = super::psc_server().await;
    let gateway = gateway(psc.http, upstream("/", address)).await;
    let credential = basic(&totp::code(&psc));
    let request = format!(
        "GET / HTTP/1.1\r\nHost: {CESS}\r\nAuthorization: {credential}\r\nConnection: close\r\n\r\n"
    );
    let answer = exchange(gateway.http, request.as_bytes()).await;
    assert_eq!(status(&answer), Some(200), "{answer}");
    assert!(
        !answer.to_ascii_lowercase().contains("x-private"),
        "{answer}"
    );
    assert!(answer.contains("old"), "{answer}");
}
