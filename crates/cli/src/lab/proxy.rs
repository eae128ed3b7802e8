//! An HTTP proxy that knows the lab's host names and nothing else: `CONNECT` for https, absolute-form requests for http.
//!
//! It reads one request head, decides, and from then on passes bytes: bodies of any length and framing, `Expect`, and either
//! side's early end of sending go through unchanged, because nothing here looks at them.

use anyhow::Result;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

/// Longest request head; an authentication URL with a signed request fits many times.
const HEAD_LIMIT: usize = 64 * 1024;
/// Header fields in a head.
const FIELD_LIMIT: usize = 100;
/// A client that has not finished its head by then is not going to.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections at a time; further ones wait in the system's queue.
const CONNECTION_LIMIT: usize = 1024;

/// Where the proxy leads.
#[derive(Debug, Clone)]
pub(super) struct Routes {
    /// The names it knows, lower case.
    pub(super) hosts: Vec<String>,
    /// Where tunnels end.
    pub(super) https: SocketAddr,
    /// Where plain requests end.
    pub(super) http: SocketAddr,
}

/// A running proxy; it ends when dropped, with its connections.
pub(super) struct Proxy {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Binds and serves.
    pub(super) async fn start(at: SocketAddr, routes: Routes) -> Result<Self> {
        let listener = TcpListener::bind(at).await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(accept(listener, Arc::new(routes)));
        Ok(Self { address, task })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, routes: Arc<Routes>) {
    let permits = Arc::new(Semaphore::new(CONNECTION_LIMIT));
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let permit = Arc::clone(&permits)
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        while connections.try_join_next().is_some() {}
        // An error here belongs to a connection that is already gone, or to a lack of descriptors that passes.
        let Ok((client, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let routes = Arc::clone(&routes);
        connections.spawn(async move {
            // Either side may go away at any time; there is nobody to tell.
            let _ = serve(client, &routes).await;
            drop(permit);
        });
    }
}

async fn serve(mut client: TcpStream, routes: &Routes) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let Ok(received) = tokio::time::timeout(HEAD_TIMEOUT, read_head(&mut client)).await else {
        return answer(
            &mut client,
            "408 Request Timeout",
            "the request head did not arrive in time",
        )
        .await;
    };
    let Some((bytes, head_length)) = received? else {
        return answer(
            &mut client,
            "431 Request Header Fields Too Large",
            "the request head is too long",
        )
        .await;
    };
    let (head, rest) = bytes.split_at(head_length);
    match decide(head, routes) {
        Err(Refusal::Malformed) => {
            answer(&mut client, "400 Bad Request", "not a request to a proxy").await
        }
        Err(Refusal::UnknownHost(host)) => {
            let why = format!(
                "this proxy knows only the host names of the lab, and {host:?} is none of them"
            );
            answer(&mut client, "403 Forbidden", &why).await
        }
        Ok(Route::Tunnel(to)) => {
            let mut server = TcpStream::connect(to).await?;
            client
                .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
                .await?;
            pass(&mut client, &mut server, rest).await
        }
        Ok(Route::Request { to, head }) => {
            let mut server = TcpStream::connect(to).await?;
            server.write_all(&head).await?;
            pass(&mut client, &mut server, rest).await
        }
    }
}

/// What came, and how much of it is the head; none if the head is too long.
async fn read_head(client: &mut TcpStream) -> std::io::Result<Option<(Vec<u8>, usize)>> {
    let mut bytes = Vec::with_capacity(2048);
    loop {
        let seen = bytes.len();
        if client.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        // The end may straddle two reads.
        let from = seen.saturating_sub(3);
        if let Some(at) = bytes[from..]
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
        {
            return Ok(Some((bytes, from + at + 4)));
        }
        if bytes.len() >= HEAD_LIMIT {
            return Ok(None);
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Route {
    /// Bytes go to this listener.
    Tunnel(SocketAddr),
    /// This head goes to that listener, then bytes.
    Request { to: SocketAddr, head: Vec<u8> },
}

#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    Malformed,
    UnknownHost(String),
}

fn decide(head: &[u8], routes: &Routes) -> Result<Route, Refusal> {
    let mut fields = [httparse::EMPTY_HEADER; FIELD_LIMIT];
    let mut request = httparse::Request::new(&mut fields);
    if !matches!(request.parse(head), Ok(httparse::Status::Complete(_))) {
        return Err(Refusal::Malformed);
    }
    let (Some(method), Some(target)) = (request.method, request.path) else {
        return Err(Refusal::Malformed);
    };
    if method == "CONNECT" {
        let port = known(target, routes)?.ok_or(Refusal::Malformed)?;
        // Some clients tunnel plain requests too, and only the port tells.
        return Ok(Route::Tunnel(if port == 80 {
            routes.http
        } else {
            routes.https
        }));
    }
    let Some(("http", after)) = target.split_once("://") else {
        return Err(Refusal::Malformed);
    };
    let (authority, path) = after.split_at(after.find(['/', '?']).unwrap_or(after.len()));
    known(authority, routes)?;
    Ok(Route::Request {
        to: routes.http,
        head: origin_form(method, authority, path, request.headers),
    })
}

/// The port of `host:port`, if it names one; refused if the host is none of ours.
fn known(authority: &str, routes: &Routes) -> Result<Option<u16>, Refusal> {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, Some(port.parse().map_err(|_| Refusal::Malformed)?)),
        None => (authority, None),
    };
    let host = host.to_ascii_lowercase();
    if routes.hosts.contains(&host) {
        Ok(port)
    } else {
        Err(Refusal::UnknownHost(host))
    }
}

/// The head as the server expects it. One request a connection, because the next one of a client may go to another host.
fn origin_form(
    method: &str,
    authority: &str,
    path: &str,
    fields: &[httparse::Header<'_>],
) -> Vec<u8> {
    let slash = if path.starts_with('/') { "" } else { "/" };
    // RFC 9112 §3.2.2: a proxy replaces whatever Host it received by the authority of the request target.
    let mut head =
        format!("{method} {slash}{path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n")
            .into_bytes();
    for field in fields {
        let ours = [
            "host",
            "connection",
            "proxy-connection",
            "proxy-authorization",
            "keep-alive",
        ];
        if !ours.contains(&field.name.to_ascii_lowercase().as_str()) {
            head.extend_from_slice(field.name.as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(field.value);
            head.extend_from_slice(b"\r\n");
        }
    }
    head.extend_from_slice(b"\r\n");
    head
}

/// Passes bytes both ways, and either side's end of sending, until both have ended.
async fn pass(client: &mut TcpStream, server: &mut TcpStream, rest: &[u8]) -> std::io::Result<()> {
    server.set_nodelay(true)?;
    server.write_all(rest).await?;
    tokio::io::copy_bidirectional(client, server).await?;
    Ok(())
}

async fn answer(client: &mut TcpStream, status: &str, why: &str) -> std::io::Result<()> {
    let body = format!("portaria lab: {why}\n");
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    client.write_all(head.as_bytes()).await?;
    client.write_all(body.as_bytes()).await?;
    client.shutdown().await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Routes {
        Routes {
            hosts: vec![
                "storagegrid.example.com".to_owned(),
                "my-pf-baseurl".to_owned(),
            ],
            https: "127.0.0.1:1443".parse().unwrap(),
            http: "127.0.0.1:1080".parse().unwrap(),
        }
    }

    #[test]
    fn tunnel_to_any_port_of_a_known_host_ends_at_the_tls_listener() {
        for authority in [
            "storagegrid.example.com:443",
            "StorageGRID.Example.COM:9443",
            "my-pf-baseurl:9031",
        ] {
            let head = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n");
            assert_eq!(
                decide(head.as_bytes(), &routes()),
                Ok(Route::Tunnel(routes().https)),
                "{authority}"
            );
        }
        let plain = b"CONNECT my-pf-baseurl:80 HTTP/1.1\r\n\r\n";
        assert_eq!(decide(plain, &routes()), Ok(Route::Tunnel(routes().http)));
    }

    #[test]
    fn any_other_host_is_refused() {
        for host in [
            "example.com",
            "127.0.0.1",
            "storagegrid.example.com.",
            "storagegrid.example.com.evil.example",
            "[::1]",
            "",
        ] {
            let refused = Err(Refusal::UnknownHost(host.to_owned()));
            assert_eq!(
                decide(
                    format!("CONNECT {host}:443 HTTP/1.1\r\n\r\n").as_bytes(),
                    &routes()
                ),
                refused
            );
            assert_eq!(
                decide(
                    format!("GET http://{host}:80/ HTTP/1.1\r\n\r\n").as_bytes(),
                    &routes()
                ),
                refused
            );
        }
        let disguised = b"GET http://storagegrid.example.com@evil.example/ HTTP/1.1\r\n\r\n";
        assert!(matches!(
            decide(disguised, &routes()),
            Err(Refusal::UnknownHost(_))
        ));
    }

    #[test]
    fn absolute_form_becomes_origin_form_and_the_host_is_the_targets() {
        let head = b"POST http://my-pf-baseurl:8080/a?b=c HTTP/1.1\r\nHost: evil.example\r\nProxy-Connection: keep-alive\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n";
        let Ok(Route::Request { to, head }) = decide(head, &routes()) else {
            panic!("refused")
        };
        assert_eq!(to, routes().http);
        insta::assert_snapshot!(String::from_utf8(head).unwrap().replace('\r', ""), @r"
        POST /a?b=c HTTP/1.1
        Host: my-pf-baseurl:8080
        Connection: close
        Expect: 100-continue
        Transfer-Encoding: chunked
        ");
    }

    #[test]
    fn what_is_no_request_to_a_proxy_is_malformed() {
        for head in [
            "GET / HTTP/1.1\r\n\r\n",
            "GET https://my-pf-baseurl/ HTTP/1.1\r\n\r\n",
            "CONNECT my-pf-baseurl HTTP/1.1\r\n\r\n",
            "\u{1}\r\n\r\n",
        ] {
            assert_eq!(
                decide(head.as_bytes(), &routes()),
                Err(Refusal::Malformed),
                "{head:?}"
            );
        }
    }

    #[tokio::test]
    async fn what_a_client_sends_after_the_head_arrives_though_it_ended_sending() {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut routes = routes();
        routes.http = server.local_addr().unwrap();
        let proxy = Proxy::start("127.0.0.1:0".parse().unwrap(), routes)
            .await
            .unwrap();
        let echo = tokio::spawn(async move {
            let (mut connection, _) = server.accept().await.unwrap();
            let mut received = Vec::new();
            connection.read_to_end(&mut received).await.unwrap();
            connection
                .write_all(&received[received.len() - 4..])
                .await
                .unwrap();
        });
        let mut client = TcpStream::connect(proxy.address()).await.unwrap();
        client
            .write_all(b"POST http://my-pf-baseurl/ HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody")
            .await
            .unwrap();
        client.shutdown().await.unwrap();
        let mut answered = String::new();
        client.read_to_string(&mut answered).await.unwrap();
        echo.await.unwrap();
        assert_eq!(answered, "body");
    }
}
