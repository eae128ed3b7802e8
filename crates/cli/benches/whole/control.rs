//! What the program is compared with: a bare handler on the same library with the same settings of a connection, and an nginx.

use crate::load::Target;
use crate::machine;
use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::any;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// A bare handler in a process of its own.
pub(crate) struct Control {
    child: Child,
    process: [u32; 1],
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Control {
    /// Starts one on that core.
    pub(crate) fn start(core: u32) -> Self {
        let this = std::env::current_exe().unwrap();
        let mut child = machine::on_core(core, this.to_str().unwrap())
            .arg("control")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        Self {
            process: [child.id()],
            child,
            address: line.trim().parse().unwrap(),
        }
    }

    /// Its process.
    pub(crate) fn process(&self) -> u32 {
        self.process[0]
    }

    /// Where it listens, and its process.
    pub(crate) fn target(&self) -> Target<'_> {
        Target {
            address: self.address,
            servers: &self.process,
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the bare handler answers: as long as what introspection says of a token.
const ANSWER: &str = r#"{"account":"55555","active":true,"exp":1795392000,"groups":["storage-admins"],"iat":1795334400,"iss":"https://storagegrid.example.com/api","name":"Ana Souza","sub":"3d893c86-62f7-4b30-bbd2-fc2311315563","token_type":"Bearer","username":"root"}"#;

/// The bare handler: says where it listens, then reads whatever it is sent and answers 200.
pub(crate) async fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(any(async |_: Bytes| {
        ([(CONTENT_TYPE, "application/json")], ANSWER)
    }));
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(5))
        .max_header_size(48 * 1024)
        .half_close(true);
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(builder.serve_connection(TokioIo::new(stream), service));
    }
}

/// An nginx that asks a bare handler before it passes a request on to another one.
pub(crate) struct Nginx {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    _folder: TempDir,
}

impl Nginx {
    /// Starts one with a single worker on that core. `asked` may let a request pass to `upstream`.
    pub(crate) fn start(core: u32, (asked, upstream): (SocketAddr, SocketAddr)) -> Self {
        let folder = TempDir::new().unwrap();
        let port = crate::program::free_port();
        let path = folder.path().join("nginx.conf");
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("  {kind}_temp_path {kind};\n"))
            .concat();
        let configuration = format!(
            "daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log stderr crit;\nevents {{ worker_connections 1024; }}\n\
             http {{\n  access_log off;\n  keepalive_requests 1000000000;\n{temporary}\
             \x20 upstream asked {{ server {asked}; keepalive 128; keepalive_requests 1000000000; }}\n\
             \x20 upstream service {{ server {upstream}; keepalive 128; keepalive_requests 1000000000; }}\n\
             \x20 server {{\n    listen 127.0.0.1:{port};\n    proxy_http_version 1.1;\n    proxy_set_header Connection \"\";\n\
             \x20   location / {{ auth_request /-/may; proxy_pass http://service; }}\n\
             \x20   location = /-/may {{ internal; proxy_pass http://asked; proxy_pass_request_body off; proxy_set_header Content-Length \"\"; }}\n\
             \x20 }}\n}}\n"
        );
        std::fs::write(&path, configuration).unwrap();
        let child = machine::on_core(core, "nginx")
            .arg("-p")
            .arg(folder.path())
            .args(["-c", "nginx.conf"])
            .env(
                "PATH",
                format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default()),
            )
            .spawn()
            .unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        crate::program::until_listening(address);
        Self {
            child,
            address,
            _folder: folder,
        }
    }

    /// Its process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let id = self.child.id().to_string();
        let _ = Command::new("kill").arg(id).status();
        let _ = self.child.wait();
    }
}
