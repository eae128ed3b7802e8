//! What stands around the lab's gateway: its PSCs, each on a listener of its own, and the echo behind it.

use super::world::cess;
use anyhow::{Context, Result};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use identity::login::Secret;
use server::config::{Config, Door, Listen};
use server::{App, Running};
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// PSCs and echo.
pub(super) struct Signing {
    /// The gateway's door in front of them.
    pub(super) door: Door,
    /// The port of the default provider.
    pub(super) provider_port: u16,
    running: Vec<Running>,
    echo: JoinHandle<()>,
}

impl Signing {
    /// Starts them on free ports, with the listeners and limits of `like`.
    pub(super) async fn start(like: &Config, app: &App) -> Result<Self> {
        let client_secret = Secret::new(app.uuid().to_string());
        let (mut running, mut addresses) = (Vec::new(), Vec::new());
        for provider in cess::PROVIDERS {
            let config = Config {
                listen: Listen {
                    http: Some(free()),
                    ..Listen::default()
                },
                tls: None,
                mail: None,
                door: vec![cess::psc_door(provider, &client_secret)],
                ..like.clone()
            };
            let psc = server::start(&config, app.clone()).await?;
            addresses.push(
                psc.http
                    .context("a PSC of the lab did not open its listener")?,
            );
            running.push(psc);
        }
        let listener = TcpListener::bind(free()).await?;
        let upstream = listener.local_addr()?;
        Ok(Self {
            door: cess::door(&addresses, upstream, &client_secret)?,
            provider_port: addresses[0].port(),
            running,
            echo: tokio::spawn(echo(listener)),
        })
    }

    /// Ends them.
    pub(super) async fn stop(self) {
        for psc in self.running {
            psc.stop().await;
        }
        self.echo.abort();
    }
}

fn free() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

async fn echo(listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(async move {
            let connection =
                http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(repeat));
            let _ = connection.await;
        });
    }
}

/// Says what arrived: what a signing service behind the gateway would know of a transaction.
async fn repeat(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let (parts, mut body) = request.into_parts();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        length += frame?.data_ref().map_or(0, Bytes::len);
    }
    let header = |name: &str| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let said = serde_json::json!({
        "method": parts.method.as_str(),
        "path": parts.uri.path(),
        "holder": header("x-portaria-holder"),
        "provider": header("x-portaria-provider"),
        "body_bytes": length,
    });
    let mut response = Response::new(Full::new(Bytes::from(format!("{said}\n"))));
    response.headers_mut().insert(
        hyper::header::CONTENT_TYPE,
        hyper::header::HeaderValue::from_static("application/json"),
    );
    Ok(response)
}
