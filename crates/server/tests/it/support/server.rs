//! A running server with a world of its own.

use super::{Answer, Call, MockClock, SeededRandom, template, world};
use identity::Service;
use identity::service::Settings;
use identity::store::Store;
use identity::vault::Vault;
use server::config::{Config, Lifetimes, Limits, Listen, Log, Outbound, Tls};
use server::{App, Running};
use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

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

/// A server on loopback, over a database of its own.
pub(crate) struct TestServer {
    folder: TempDir,
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
        let folder = TempDir::new().unwrap();
        let config = config(wanted, &template::copy_into(folder.path()).await);
        let (app, clock) = app(&config).await;
        if let Some(password) = password {
            world::declare(&app, &password).await;
        }
        let running = server::start(&config, app).await.unwrap();
        let http = running.http.unwrap();
        Self {
            folder,
            running,
            clock,
            http,
        }
    }

    /// Why a server with these files does not start.
    pub(crate) async fn refused(tls: Tls) -> String {
        let folder = TempDir::new().unwrap();
        let wanted = Wanted {
            tls: Some(tls),
            ..Wanted::default()
        };
        let config = config(wanted, &template::copy_into(folder.path()).await);
        let (app, _) = app(&config).await;
        match server::start(&config, app).await {
            Ok(_) => panic!("the server started"),
            Err(error) => error.to_string(),
        }
    }

    /// From now on the store has nothing but errors to say.
    pub(crate) async fn break_store(&self) {
        let path = template::path_in(self.folder.path());
        let mut database = SqliteConnection::connect(&format!("sqlite:{}", path.display()))
            .await
            .unwrap();
        let names =
            "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'";
        let tables: Vec<String> = sqlx::query_scalar(names)
            .fetch_all(&mut database)
            .await
            .unwrap();
        assert!(!tables.is_empty());
        database.execute("pragma foreign_keys = off").await.unwrap();
        for table in tables {
            database
                .execute(AssertSqlSafe(format!("drop table {table}")))
                .await
                .unwrap();
        }
    }

    /// The rules from another process: nothing but what is stored is shared.
    pub(crate) async fn beside(&self) -> App {
        let path = template::path_in(self.folder.path());
        let store = Store::open(&format!("sqlite:{}", path.display()))
            .await
            .unwrap();
        let vault = Vault::new(template::MASTER_KEY);
        App::new(
            Service::new(store, vault, Settings::default()),
            Arc::clone(&self.clock) as _,
            Arc::new(SeededRandom::new(2)),
        )
    }

    /// The answer to one call, on a connection of its own.
    pub(crate) async fn answer(&self, call: Call<'_>) -> Answer {
        call.to(self.http).await
    }
}

fn config(wanted: Wanted, database: &Path) -> Config {
    let loopback: SocketAddr = "127.0.0.1:0".parse().unwrap();
    Config {
        database: format!("sqlite:{}", database.display()),
        master_key: PathBuf::new(),
        listen: Listen {
            https: wanted.tls.is_some().then_some(loopback),
            http: Some(loopback),
            telemetry: Some(loopback),
            forward_auth: Some(loopback),
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
        outbound: Outbound {
            networks: vec!["127.0.0.0/8".to_owned()],
        },
        door: world::doors(),
        forward_auth: world::forward_auth(),
    }
}

async fn app(config: &Config) -> (App, Arc<MockClock>) {
    let clock = Arc::new(MockClock::new());
    let store = Store::open(&config.database).await.unwrap();
    let settings = Settings {
        // The module `telephone` plays them.
        telephones: true,
        ..config.settings()
    };
    let service = Service::new(store, Vault::new(template::MASTER_KEY), settings);
    (
        App::new(
            service,
            Arc::clone(&clock) as _,
            Arc::new(SeededRandom::new(1)),
        ),
        clock,
    )
}
