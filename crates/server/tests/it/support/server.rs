//! A running server with a world of its own.

use super::{Answer, Call, MockClock, SeededRandom, template, world};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use identity::Service;
use identity::declare::Declaration;
use identity::service::Settings;
use identity::store::Store;
use identity::vault::Vault;
use server::config::{
    Config, Door, ForwardAuth, Lifetimes, Limits, Listen, Log, Mail, Outbound, Tls,
};
use server::{App, Running};
use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// Who writes letters.
const FROM: &str = "Portaria <no-reply@comercial.sso.example.com>";
/// The folder that they are written into.
const MAIL: &str = "mail";

/// What a test wants to be different.
#[derive(Default)]
pub(crate) struct Wanted {
    pub(crate) limits: Limits,
    pub(crate) tls: Option<Tls>,
    /// Whether the loopback address is a listed proxy, which may speak plain HTTP.
    pub(crate) stranger: bool,
    /// Certificate authorities of those that are dialled.
    pub(crate) authorities: Option<PathBuf>,
    /// Everybody's password, if not the usual one.
    pub(crate) password: Option<String>,
    /// Doors beside those of the world.
    pub(crate) doors: Vec<Door>,
    /// Rules for proxies beside those of the world.
    pub(crate) forward_auth: Vec<ForwardAuth>,
    /// Who and what exists beside the world.
    pub(crate) declaration: Declaration,
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
        let declaration = wanted.declaration.clone();
        let folder = TempDir::new().unwrap();
        let mut config = config(wanted, &template::copy_into(folder.path()).await);
        config.mail = Some(Mail::folder(FROM, folder.path().join(MAIL)));
        let (app, clock) = app(&config).await;
        if let Some(password) = password {
            world::declare(&app, &password).await;
        }
        let declared = app.service.declare(&app.moment(None), &declaration).await;
        declared.unwrap().unwrap();
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

    /// The one letter that was written since the last that was read: its head and its text. Letters leave in their own time.
    pub(crate) async fn letter(&self) -> (String, String) {
        loop {
            if let Some(path) = self.letters().pop() {
                let message = std::fs::read_to_string(&path).unwrap();
                // A file that is there but not written to its end.
                if let Some((head, text)) = message.split_once("\r\n\r\n")
                    && text.ends_with('\n')
                {
                    std::fs::remove_file(&path).unwrap();
                    return (head.to_owned(), plain(head, text));
                }
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }

    /// The letters that wait to be read.
    pub(crate) fn letters(&self) -> Vec<PathBuf> {
        let files = std::fs::read_dir(self.folder.path().join(MAIL)).unwrap();
        files.map(|file| file.unwrap().path()).collect()
    }

    /// The answer to one call, on a connection of its own.
    pub(crate) async fn answer(&self, call: Call<'_>) -> Answer {
        call.to(self.http).await
    }
}

/// The text of a message, whatever it travels in (RFC 2045 §6).
fn plain(head: &str, text: &str) -> String {
    let head = head.to_ascii_lowercase();
    if head.contains("transfer-encoding: base64") {
        let bytes = STANDARD.decode(text.replace("\r\n", "")).unwrap();
        return String::from_utf8(bytes).unwrap();
    }
    if !head.contains("quoted-printable") {
        return text.to_owned();
    }
    let text = text.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let (byte, after) = match (byte, after) {
            (b'=', [high, low, after @ ..]) => {
                let hex = [*high, *low];
                let hex = std::str::from_utf8(&hex).unwrap();
                (u8::from_str_radix(hex, 16).unwrap(), after)
            }
            (byte, after) => (byte, after),
        };
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8(bytes).unwrap()
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
            authorities: wanted.authorities,
        },
        mail: None,
        door: world::doors().into_iter().chain(wanted.doors).collect(),
        forward_auth: world::forward_auth()
            .into_iter()
            .chain(wanted.forward_auth)
            .collect(),
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
