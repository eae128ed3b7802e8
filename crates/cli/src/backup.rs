//! `portaria backup`: a copy of the SQLite database while `serve` runs, checked before it has its name. It holds no session, token
//! or grant that lives, so that putting it in place revives nothing.

use crate::args::BackupArgs;
use crate::exit::{Exit, Failure};
use crate::serve;
use anyhow::Context;
use identity::store::Store;
use server::clock::{Clock, SystemClock};
use std::io;
use std::path::Path;

/// `portaria backup`
pub(crate) async fn run(typed: &BackupArgs) -> Result<(), Failure> {
    let config = serve::load(&typed.config)?;
    let Some(database) = config.database.strip_prefix("sqlite:") else {
        return Err(Failure::because(
            Exit::Usage,
            "the database is PostgreSQL, which has its own: pg_dump --format=custom, and pg_restore",
        ));
    };
    let shown = typed.file.display();
    if typed.file.exists() {
        return Err(Failure::because(
            Exit::Failed,
            format_args!("{shown} is there already, and stays as it is"),
        ));
    }
    if !Path::new(database).exists() {
        return Err(Failure::because(
            Exit::Failed,
            format_args!("{database} is not there: nothing to copy"),
        ));
    }
    let folder = match typed.file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    // tempfile creates with mode 0600, and takes the file away again if anything below fails.
    let copy = tempfile::NamedTempFile::new_in(folder).with_context(|| shown.to_string())?;
    let original = Store::look(&config.database).await;
    original
        .context("the database")?
        .copy_into(&path(copy.path())?)
        .await
        .context("copying")?;
    let ended = quiet(copy.path()).await?;
    copy.as_file().sync_all().context("writing the copy")?;
    let bytes = copy.as_file().metadata().context("the copy")?.len();
    match copy.persist_noclobber(&typed.file) {
        Ok(_) => {}
        Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(Failure::because(
                Exit::Failed,
                format_args!("{shown} came to be meanwhile, and stays as it is"),
            ));
        }
        Err(refused) => return Err(anyhow::Error::from(refused.error).into()),
    }
    println!("{shown}: {bytes} bytes, sound; in it {ended} sessions, tokens and grants have ended");
    println!(
        "the master key is not in it: {}",
        config.master_key.display()
    );
    Ok(())
}

/// Checks the copy and ends what lives in it.
async fn quiet(copy: &Path) -> Result<u64, Failure> {
    let url = format!("sqlite:{}", path(copy)?);
    let store = Store::look(&url).await.context("the copy")?;
    let faults = store.faults().await.context("checking the copy")?;
    if !faults.is_empty() {
        return Err(Failure::because(
            Exit::Failed,
            format_args!(
                "the database is damaged, no copy was kept:\n{}",
                faults.join("\n")
            ),
        ));
    }
    let ended = store.end_everything(SystemClock.now()).await;
    let ended = ended.context("the copy")?;
    // What is in its journal moves into the file.
    store.close().await;
    Ok(ended)
}

fn path(path: &Path) -> anyhow::Result<String> {
    let text = path.to_str().context("a path that is not UTF-8")?;
    Ok(text.to_owned())
}
