//! The gateway in front of a service, with a PSC of ours behind it: each on a server of its own, real sockets between them.

mod aborts;
mod hostile;
mod proxies;
mod psc;
mod transactions;

use crate::support::{Answer, Call, TOTP, TestServer, Wanted, totp};
use axum::Router;
use axum::extract::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use identity::declare::{Declaration, Organization, User};
use identity::login::Secret;
use jiff::SignedDuration;
use server::config::gateway::{Gateway, Provider, Psc, Upstream};
use server::config::{Door, ForwardAuth, Kind, Tls};
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// Host of the gateway.
pub(super) const CESS: &str = "cess.local";
/// Host of an API behind a proxy.
pub(super) const SIGNING: &str = "signing.example.com";
/// Host of the PSC: the gateway reaches it by its address.
pub(super) const PSC: &str = "127.0.0.1";
/// The holder.
pub(super) const CPF: &str = "52998224725";
const CLIENT: (&str, &str) = ("gateway", "secret-of-the-gateway");
/// How long sessions live by default at `/second` and at [`SIGNING`]; elsewhere as long as the instance says.
pub(super) const APPLICATION: SignedDuration = SignedDuration::from_mins(20);
/// Where an application takes codes.
pub(super) const BACK: &str = "https://signer.example.com/back";

/// A PSC, a gateway, and services behind it.
pub(super) struct Cess {
    pub(super) psc: TestServer,
    pub(super) gateway: TestServer,
}

impl Cess {
    pub(super) async fn start() -> Self {
        Self::with(None).await
    }

    /// With certificates for the gateway.
    pub(super) async fn with(tls: Option<Tls>) -> Self {
        let psc = psc_server().await;
        let [service, other] = [echo("service").await, echo("other").await];
        let second = Upstream {
            forward_token: true,
            lifetime: Some(APPLICATION),
            http2: true,
            ..upstream("/second", other)
        };
        let gone = upstream("/gone", "127.0.0.1:1".parse().unwrap());
        let upstreams = vec![upstream("/", service), second, gone];
        let door = door(psc.http, upstreams);
        let rule = ForwardAuth {
            host: SIGNING.to_owned(),
            path: "/".to_owned(),
            door: CESS.to_owned(),
            accounts: Vec::new(),
            groups: Vec::new(),
            lifetime: Some(APPLICATION),
        };
        let gateway = TestServer::start_with(Wanted {
            tls,
            doors: vec![door],
            forward_auth: vec![rule],
            declaration: organization("signing", Vec::new()),
            ..Wanted::default()
        })
        .await;
        Self { psc, gateway }
    }

    /// A code of the holder that was not used yet.
    pub(super) fn otp(&self) -> String {
        self.psc.clock.advance(SignedDuration::from_secs(30));
        totp::code(&self.psc)
    }

    /// A transaction.
    pub(super) async fn call(&self, call: Call<'_>) -> Answer {
        self.gateway.answer(call).await
    }

    /// The token of a session that stays open.
    pub(super) async fn session(&self) -> String {
        let opening = Call::get(CESS, "/")
            .header("Authorization", &basic(&self.otp()))
            .header("VCSchemaCfg", "returnAccessToken=true;autoRevoke=false");
        let answer = self.call(opening).await;
        let data = answer.header("vcschemadata").expect("it was asked for");
        data.split(';').next().unwrap().to_owned()
    }
}

/// A gateway between a PSC and its upstreams.
fn door(psc: SocketAddr, upstream: Vec<Upstream>) -> Door {
    let (client_id, client_secret) = (CLIENT.0.to_owned(), Secret::new(CLIENT.1));
    Door {
        plain: true,
        gateway: Some(Gateway {
            default_provider: None,
            lifetime: SignedDuration::from_hours(12),
            provider: vec![Provider {
                id: "OURS".to_owned(),
                url: format!("http://{psc}").parse().unwrap(),
                client_id,
                client_secret,
                schema: true,
                addresses: Vec::new(),
                longest: None,
            }],
            upstream,
        }),
        ..Door::new(Kind::Cess, "signing", CESS)
    }
}

/// A service that needs nothing in particular.
fn upstream(path: &str, address: SocketAddr) -> Upstream {
    Upstream {
        path: path.to_owned(),
        url: format!("http://{address}").parse().unwrap(),
        forward_token: false,
        lifetime: None,
        timeout: SignedDuration::from_secs(5),
        http2: false,
    }
}

/// A gateway on a server of its own, between a PSC and one service.
async fn gateway(psc: SocketAddr, upstream: Upstream) -> TestServer {
    TestServer::start_with(Wanted {
        doors: vec![door(psc, vec![upstream])],
        declaration: organization("signing", Vec::new()),
        ..Wanted::default()
    })
    .await
}

/// A PSC alone.
pub(super) async fn psc_server() -> TestServer {
    let holder = User {
        name: CPF.to_owned(),
        totp: Some(TOTP.to_owned()),
        ..User::default()
    };
    let door = Door {
        plain: true,
        psc: Some(Psc {
            client_id: CLIENT.0.to_owned(),
            client_secret: Secret::new(CLIENT.1),
            redirect_uris: vec![BACK.to_owned()],
        }),
        ..Door::new(Kind::Psc, "psc", PSC)
    };
    TestServer::start_with(Wanted {
        doors: vec![door],
        declaration: organization("psc", vec![holder]),
        ..Wanted::default()
    })
    .await
}

pub(super) fn basic(otp: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{CPF}:{otp}")))
}

pub(super) fn schema(text: &str) -> String {
    format!("VCSchema {}", STANDARD.encode(text))
}

fn organization(id: &str, user: Vec<User>) -> Declaration {
    Declaration {
        organization: vec![Organization {
            id: id.to_owned(),
            user,
            ..Organization::default()
        }],
    }
}

/// A service that says what it was sent, in either version of HTTP.
async fn echo(name: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let say = move |request: Request| async move {
        let (request, body) = request.into_parts();
        // One that answers before it has read everything closes the connection under whoever still sends.
        let _ = axum::body::to_bytes(body, usize::MAX).await;
        let mut said = format!("{name} {:?} {}\n", request.version, request.uri.path());
        for (name, value) in &request.headers {
            for part in [name.as_str(), ": ", value.to_str().unwrap(), "\n"] {
                said.push_str(part);
            }
        }
        said
    };
    let router = Router::new().fallback(say);
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}
