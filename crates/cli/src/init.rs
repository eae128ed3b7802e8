//! `portaria init`: a configuration to begin with, and a master key.

use crate::args::InitArgs;
use crate::exit::Failure;
use crate::master_key;
use anyhow::{Context, Result};
use identity::moment::Random;
use server::clock::SystemRandom;
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::path::Path;

/// The configuration that `init` writes, with the folder's own paths filled in.
const CONFIGURATION: &str = include_str!("init/portaria.toml");

/// `portaria init`
pub(crate) fn run(typed: &InitArgs) -> Result<(), Failure> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    builder
        .create(&typed.folder)
        .with_context(|| typed.folder.display().to_string())?;
    let folder = typed.folder.canonicalize()?;

    let mut key = [0; 32];
    SystemRandom.fill(&mut key);
    let key_file = folder.join("master.key");
    let configuration_file = folder.join("portaria.toml");
    create(&key_file, &master_key::render(&key), true)?;
    create(&configuration_file, &configuration(&folder)?, false)?;
    println!(
        "wrote {} and {}",
        configuration_file.display(),
        key_file.display()
    );
    println!(
        "next: portaria serve --config {}",
        configuration_file.display()
    );
    Ok(())
}

fn configuration(folder: &Path) -> Result<String> {
    let folder = folder.to_str().context("a folder whose path is text")?;
    let quoted = toml::Value::String(folder.to_owned()).to_string();
    let inner = quoted.get(1..quoted.len() - 1).context("a quoted path")?;
    Ok(CONFIGURATION.replace("@FOLDER@", inner))
}

/// Creates a file; one that exists is never written over, a master key least of all.
fn create(path: &Path, text: &str, secret: bool) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if secret { 0o600 } else { 0o644 });
    let mut file = options
        .open(path)
        .with_context(|| path.display().to_string())?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(())
}
