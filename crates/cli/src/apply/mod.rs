//! `portaria apply`: what an operator declares, reconciled with the store. It opens the store directly; no server need run.
//!
//! This module owns the reading of a declaration and the report of what came of it; what is sound is for the rules.
//!
//! * [`document`]: the file, section by section, with the lines of its faults · [`elsewhere`]: values that stand in other files or in
//!   variables, and metadata at an address

mod document;
mod elsewhere;

use crate::args::ApplyArgs;
use crate::exit::{Exit, Failure};
use crate::serve;
use anyhow::{Context, Result};
use document::Document;
use identity::declare::{Change, Declared, Fault, Manner};
use identity::store::Store;
use server::App;
use server::config::{self, Config, Faults};
use server::metadata::Fetcher;
use std::path::Path;

/// `portaria apply`
pub(crate) async fn run(typed: &ApplyArgs) -> Result<(), Failure> {
    let config = serve::load(&typed.config)?;
    let (text, folder) = read(&typed.file)?;
    let faulty = |faults: Faults| {
        Failure::because(
            Exit::Usage,
            format_args!(
                "{} is faulty, nothing was changed:\n{faults}",
                typed.file.display()
            ),
        )
    };
    let variable = |name: &str| std::env::var(name).ok();
    let mut document = Document::read(&text, &folder, variable).map_err(faulty)?;
    let fetcher = Fetcher::new(&config.outbound).map_err(anyhow::Error::from)?;
    for unfetched in elsewhere::fetch(&mut document.declaration, &fetcher).await {
        warn(&document, &unfetched);
    }
    let app = open(&config, typed.dry_run).await?;
    let manner = Manner {
        prune: typed.prune,
        dry_run: typed.dry_run,
    };
    let outcome = app
        .service
        .reconcile(&app.moment(None), &document.declaration, manner)
        .await
        .context("the database")?;
    match outcome {
        Ok(declared) => {
            report(&document, &declared, typed.dry_run);
            if !typed.dry_run && declared.changes.iter().any(Change::is_of_something) {
                // Servers may reuse for this long what they read before. Afterwards what was declared holds everywhere.
                tokio::time::sleep(config.lifetimes.token_cache.unsigned_abs()).await;
            }
        }
        Err(faults) => {
            let placed = faults.into_iter().map(|fault| document.placed(fault));
            return Err(faulty(Faults(placed.collect())));
        }
    }
    Ok(())
}

/// The rules over the configured store; for a dry run over one that stays as it is, or is not there at all.
async fn open(config: &Config, dry_run: bool) -> Result<App, Failure> {
    if !dry_run {
        return serve::open(config).await;
    }
    let path = config.database.strip_prefix("sqlite:");
    let store = if path.is_some_and(|path| !Path::new(path).exists()) {
        Store::open("sqlite::memory:").await
    } else {
        Store::look(&config.database).await
    };
    serve::over(config, store.context("the database")?)
}

fn report(document: &Document, declared: &Declared, dry_run: bool) {
    for change in &declared.changes {
        println!("{change}");
    }
    for warning in &declared.warnings {
        warn(document, warning);
    }
    let count = document.declaration.organization.len();
    if dry_run {
        println!("nothing was changed: {} changes", declared.changes.len());
    } else {
        println!("declared: {count} organizations");
    }
}

fn warn(document: &Document, warning: &Fault) {
    eprintln!("portaria: warning: {}", document.placed(warning.clone()));
}

/// The text, and the folder that relative paths in it start from.
fn read(file: &Path) -> Result<(String, std::path::PathBuf)> {
    if file == Path::new("-") {
        return Ok((
            std::io::read_to_string(std::io::stdin())?,
            std::env::current_dir()?,
        ));
    }
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    Ok((text, file.parent().unwrap_or(Path::new(".")).to_owned()))
}

/// A fault of the rules, as it is shown.
fn shown(fault: Fault, line: Option<usize>) -> config::Fault {
    config::Fault {
        at: fault.at,
        line,
        what: fault.what,
    }
}
