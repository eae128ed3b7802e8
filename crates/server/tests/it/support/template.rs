//! The world's database, made once for all tests: its keys cost more than everything else that a test does.

use super::{MockClock, SeededRandom, TestServer, world};
use identity::Service;
use identity::service::Settings;
use identity::store::Store;
use identity::vault::Vault;
use server::App;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// The master key of every test.
pub(super) const MASTER_KEY: [u8; 32] = [7; 32];

/// A database file and its write-ahead log.
struct Template {
    database: Vec<u8>,
    log: Vec<u8>,
}

static TEMPLATE: OnceCell<Template> = OnceCell::const_new();

/// A database of the caller's own, in `folder`, that holds the world.
pub(super) async fn copy_into(folder: &Path) -> PathBuf {
    let template = TEMPLATE.get_or_init(make).await;
    let path = path_in(folder);
    std::fs::write(&path, &template.database).unwrap();
    std::fs::write(log_of(&path), &template.log).unwrap();
    path
}

/// Where the database of such a folder is.
pub(super) fn path_in(folder: &Path) -> PathBuf {
    folder.join("portaria.db")
}

async fn make() -> Template {
    let folder = TempDir::new().unwrap();
    let path = path_in(folder.path());
    let store = Store::open(&format!("sqlite:{}", path.display()))
        .await
        .unwrap();
    let settings = Settings {
        argon2: (8, 1),
        ..Settings::default()
    };
    let service = Service::new(store, Vault::new(MASTER_KEY), settings);
    let app = App::new(
        service,
        Arc::new(MockClock::new()),
        Arc::new(SeededRandom::new(0)),
    );
    world::declare(&app, TestServer::PASSWORD).await;
    Template {
        database: std::fs::read(&path).unwrap(),
        log: std::fs::read(log_of(&path)).unwrap_or_default(),
    }
}

fn log_of(path: &Path) -> PathBuf {
    path.with_extension("db-wal")
}
