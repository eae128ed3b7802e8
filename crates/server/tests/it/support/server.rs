//! A running server with a world of its own.

use super::{Answer, Call, MockClock, SeededRandom, world};
use identity::Service;
use identity::store::Store;
use identity::vault::Vault;
use server::config::{Config, Lifetimes, Limits, Listen, Log, Tls};
use server::{App, Running};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// What a test wants to be different.
#[derive(Default)]
pub(crate) struct Wanted {
    pub(crate) limits: Limits,
    pub(crate) tls: Option<Tls>,
    /// Whether the loopback address is a listed proxy, which may speak plain HTTP.
    pub(crate) stranger: bool,
    /// Everybody's password, if not the usual one.
    pub(crate) password: Option<String>,
}

/// A server on loopback, over SQLite in memory.
pub(crate) struct TestServer {
    pub(crate) running: Running,
    pub(crate) clock: Arc<MockClock>,
    pub(crate) http: SocketAddr,
}

impl TestServer {
    pub(crate) const PASSWORD: &str = "correct horse battery staple";

    pub(crate) async fn start() -> Self {
        Self::start_with(Wanted::default()).await
    }

    pub(crate) async fn start_with(mut wanted: Wanted) -> Self {
        wanted.limits.linger_seconds = 0;
        Self::lingering(wanted).await
    }

    /// Like [`TestServer::start_with`], with the linger that the test wants.
    pub(crate) async fn lingering(wanted: Wanted) -> Self {
        let password = wanted.password.clone();
        let config = config(wanted);
        let (app, clock) = app(&config).await;
        world::declare(&app, password.as_deref().unwrap_or(Self::PASSWORD)).await;
        let running = server::start(&config, app).await.unwrap();
        let http = running.http.unwrap();
        Self {
            running,
            clock,
            http,
        }
    }

    /// Why a server with these files does not start.
    pub(crate) async fn refused(tls: Tls) -> String {
        let config = config(Wanted {
            tls: Some(tls),
            ..Wanted::default()
        });
        let (app, _) = app(&config).await;
        match server::start(&config, app).await {
            Ok(_) => panic!("the server started"),
            Err(error) => error.to_string(),
        }
    }

    /// The answer to one call, on a connection of its own.
    pub(crate) async fn answer(&self, call: Call<'_>) -> Answer {
        call.to(self.http).await
    }
}

fn config(wanted: Wanted) -> Config {
    let loopback: SocketAddr = "127.0.0.1:0".parse().unwrap();
    Config {
        database: "sqlite::memory:".to_owned(),
        master_key: PathBuf::new(),
        listen: Listen {
            https: wanted.tls.is_some().then_some(loopback),
            http: Some(loopback),
            telemetry: Some(loopback),
            proxies: if wanted.stranger {
                Vec::new()
            } else {
                vec![loopback.ip()]
            },
        },
        tls: wanted.tls,
        lifetimes: Lifetimes::default(),
        // The cheapest hash that there is: passwords are not what these tests are about.
        limits: Limits {
            argon2_memory_kib: 8,
            argon2_passes: 1,
            attempts_per_minute: 1000,
            ..wanted.limits
        },
        log: Log::default(),
        door: world::doors(),
    }
}

async fn app(config: &Config) -> (App, Arc<MockClock>) {
    let clock = Arc::new(MockClock::new());
    let store = Store::open(&config.database).await.unwrap();
    let service = Service::new(store, Vault::new([7; 32]), config.settings());
    (
        App::new(
            service,
            Arc::clone(&clock) as _,
            Arc::new(SeededRandom::new(1)),
        ),
        clock,
    )
}
