//! `--history`: rules against the sign-ins that an organization remembers, compared with the rules that its provider has.

use super::{read, wrong};
use crate::args::MappingTestArgs;
use crate::exit::{Exit, Failure};
use crate::serve;
use anyhow::{Context, anyhow};
use identity::federation::history::Replay;
use std::path::Path;

pub(super) async fn run(typed: &MappingTestArgs, rules: &Path) -> Result<(), Failure> {
    let (Some(organization), Some(provider)) = (&typed.organization, &typed.provider) else {
        return Err(Failure::because(
            Exit::Usage,
            "--history needs --organization and --provider",
        ));
    };
    let text = read(rules)?;
    let dialect = typed.dialect.into();
    if let Err(fault) = identity::mapping::Mapping::read(&text, dialect) {
        return Err(wrong(rules, &fault.to_string()));
    }
    let config = serve::load(&typed.config)?;
    let app = serve::open(&config).await?;
    let replayed = app
        .service
        .replay_sign_ins(&app.moment(None), organization, (provider, (text, dialect)))
        .await
        .context("the database")?
        .map_err(|why| Failure::new(Exit::Refused, anyhow!("{}: {}", why.code, why.detail)))?;
    print!("{}", told(&replayed));
    Ok(())
}

/// What people read; a line for everybody whose access would change.
fn told(replay: &Replay) -> String {
    let mut lines = vec![format!(
        "{} people remembered, {} would stay as they are",
        replay.people,
        replay.people - replay.changes.len()
    )];
    for attribute in &replay.hidden {
        lines.push(format!(
            "warning: a rule tests {attribute}, of which only fingerprints were kept"
        ));
    }
    for change in &replay.changes {
        lines.push(format!(
            "{} (last seen {})",
            change.person, change.last_seen
        ));
        if let Some((before, after)) = &change.outcome {
            lines.push(format!("  was {before}, would be {after}"));
        }
        lines.extend(change.gains.iter().map(|what| format!("  + {what}")));
        lines.extend(change.loses.iter().map(|what| format!("  - {what}")));
    }
    lines.join("\n") + "\n"
}
