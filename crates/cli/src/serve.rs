//! `portaria serve`: configuration → store → listeners, until asked to stop.

use crate::args::ServeArgs;
use crate::exit::{Exit, Failure};
use crate::{master_key, stop};
use anyhow::Context;
use identity::Service;
use identity::store::Store;
use identity::vault::Vault;
use server::App;
use server::clock::{SystemClock, SystemRandom};
use server::config::Config;
use server::telemetry::lines::Lines;
use std::path::Path;
use std::sync::Arc;

/// `portaria serve`
pub(crate) async fn run(typed: &ServeArgs) -> Result<(), Failure> {
    let config = load(&typed.config)?;
    let (lines, _written_at_the_end) =
        Lines::to(std::io::stderr()).context("the log cannot be written")?;
    let log = server::telemetry::log::subscriber(&config.log, lines).map_err(|error| {
        Failure::new(Exit::Usage, anyhow::Error::from(error).context("log.level"))
    })?;
    tracing::subscriber::set_global_default(log).context("the log was set up before")?;
    let app = open(&config).await?;

    let asked_to_stop = tokio::spawn(stop::asked());
    let running = server::start(&config, app)
        .await
        .context("the server did not start")?;
    tracing::info!(https = ?running.https, http = ?running.http, telemetry = ?running.telemetry, "serving");
    asked_to_stop.await.context("waiting for a signal")??;
    tracing::info!("stopping");
    running.stop().await;
    Ok(())
}

/// The configuration, or every fault of it, under the exit code for what was written wrongly. Nothing is open yet.
pub(crate) fn load(path: &Path) -> Result<Config, Failure> {
    Config::load(path).map_err(|faults| {
        Failure::because(
            Exit::Usage,
            format_args!("{} is faulty:\n{faults}", path.display()),
        )
    })
}

/// The rules over the configured store.
pub(crate) async fn open(config: &Config) -> Result<App, Failure> {
    // Before the store, which a faulty key must not create.
    master_key::load(&config.master_key).map_err(|error| Failure::new(Exit::Usage, error))?;
    let store = Store::open(&config.database)
        .await
        .context("the database")?;
    over(config, store)
}

/// The rules over a store that is open.
pub(crate) fn over(config: &Config, store: Store) -> Result<App, Failure> {
    let key =
        master_key::load(&config.master_key).map_err(|error| Failure::new(Exit::Usage, error))?;
    let service = Service::new(store, Vault::new(key), config.settings());
    Ok(App::new(
        service,
        Arc::new(SystemClock),
        Arc::new(SystemRandom),
    ))
}
