//! A stand-in for everybody whom a sign-in meets: a proxy that, for every host it plays, ends TLS itself and answers by
//! script. So the client can be tried on the documented names, and on hosts that misbehave.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::collections::HashMap;
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// A request that reached a host.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) host: String,
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

impl Asked {
    /// Whether the form or query has that pair, encoded as it goes over the wire.
    pub(crate) fn says(&self, pair: &str) -> bool {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        self.body
            .split('&')
            .chain(query.split('&'))
            .any(|said| said == pair)
    }

    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub(crate) fn cookie(&self) -> &str {
        self.headers.get("cookie").map_or("", String::as_str)
    }
}

/// What a host answers.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// Status, headers, body.
    Http(u16, Vec<(&'static str, String)>, String),
    /// A page that goes on for ever.
    Endless,
    /// Nothing at all, with the connection held open.
    Silence,
}

/// A page.
pub(crate) fn page(html: impl Into<String>) -> Reply {
    Reply::Http(
        200,
        vec![("Content-Type", "text/html; charset=utf-8".to_owned())],
        html.into(),
    )
}

/// A redirect.
pub(crate) fn redirect(target: impl Into<String>) -> Reply {
    Reply::Http(302, vec![("Location", target.into())], String::new())
}

/// A JSON value.
pub(crate) fn json(status: u16, value: &serde_json::Value) -> Reply {
    Reply::Http(
        status,
        vec![("Content-Type", "application/json".to_owned())],
        value.to_string(),
    )
}

/// How the hosts behave. None: the proxy refuses that host.
pub(crate) type Script = Box<dyn Fn(&Asked) -> Option<Reply> + Send + Sync>;

/// The stand-in at work; it ends with the value.
pub(crate) struct StandIn {
    pub(crate) address: SocketAddr,
    /// The certificate of its authority, PEM.
    pub(crate) authority: String,
    log: Arc<Mutex<Vec<Asked>>>,
    _runtime: tokio::runtime::Runtime,
}

impl StandIn {
    /// Plays `hosts`; each shows a certificate for the name that stands beside it.
    pub(crate) fn start(hosts: &[(&str, &str)], script: Script) -> Self {
        let authority = authority();
        let acceptors = hosts
            .iter()
            .map(|(host, certified)| ((*host).to_owned(), acceptor(&authority, certified)))
            .collect();
        let log = Arc::new(Mutex::new(Vec::new()));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let play = Arc::new(Play {
            acceptors,
            script,
            log: log.clone(),
        });
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let play = play.clone();
                tokio::spawn(async move { play.connection(stream).await });
            }
        });
        Self {
            address,
            authority: authority.pem(),
            log,
            _runtime: runtime,
        }
    }

    /// Every request so far.
    pub(crate) fn log(&self) -> Vec<Asked> {
        self.log.lock().unwrap().clone()
    }
}

struct Play {
    acceptors: HashMap<String, TlsAcceptor>,
    script: Script,
    log: Arc<Mutex<Vec<Asked>>>,
}

impl Play {
    async fn connection(&self, stream: TcpStream) -> Option<()> {
        let mut stream = BufReader::new(stream);
        let head = head_of(&mut stream).await?;
        let host = head
            .first()?
            .strip_prefix("CONNECT ")?
            .split(':')
            .next()?
            .to_owned();
        let Some(acceptor) = self.acceptors.get(&host) else {
            return stream
                .write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                .await
                .ok();
        };
        stream
            .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
            .await
            .ok()?;
        let mut stream = BufReader::new(acceptor.accept(stream).await.ok()?);
        let head = head_of(&mut stream).await?;
        let mut first = head.first()?.split(' ');
        let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
        let headers: HashMap<String, String> = head[1..]
            .iter()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let length = headers
            .get("content-length")
            .map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.ok()?;
        let asked = Asked {
            host,
            method,
            target,
            headers,
            body: String::from_utf8(body).unwrap(),
        };
        self.log.lock().unwrap().push(asked.clone());
        let reply = (self.script)(&asked).unwrap_or_else(|| panic!("nobody expected {asked:?}"));
        answer(stream, reply).await
    }
}

async fn answer(mut stream: impl AsyncWriteExt + Unpin, reply: Reply) -> Option<()> {
    match reply {
        Reply::Silence => std::future::pending().await,
        Reply::Endless => {
            stream
                .write_all(
                    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n",
                )
                .await
                .ok()?;
            loop {
                stream.write_all(&[b' '; 16 * 1024]).await.ok()?;
            }
        }
        Reply::Http(status, headers, body) => {
            let mut head = format!(
                "HTTP/1.1 {status} -\r\nContent-Length: {}\r\nConnection: close\r\n",
                body.len()
            );
            for (name, value) in headers {
                let _ = write!(head, "{name}: {value}\r\n");
            }
            stream
                .write_all(format!("{head}\r\n{body}").as_bytes())
                .await
                .ok()?;
            stream.shutdown().await.ok()
        }
    }
}

async fn head_of(stream: &mut (impl AsyncBufReadExt + Unpin)) -> Option<Vec<String>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        match line.trim_end() {
            "" => return (!lines.is_empty()).then_some(lines),
            line => lines.push(line.to_owned()),
        }
    }
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap()
}

fn acceptor(authority: &CertifiedIssuer<'static, KeyPair>, name: &str) -> TlsAcceptor {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()])
        .unwrap()
        .signed_by(&key, authority)
        .unwrap();
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(
        tokio_rustls::rustls::crypto::aws_lc_rs::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_no_client_auth()
    .with_single_cert(vec![certificate.der().clone()], key)
    .unwrap();
    TlsAcceptor::from(Arc::new(config))
}
