//! `portaria mapping test`: what rules make of attributes, without a server and without a database.

use crate::args::{MappingArgs, MappingJob, MappingTestArgs};
use crate::exit::{Exit, Failure};
use anyhow::{Context, anyhow};
use identity::mapping::{Attributes, Mapping};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// An attribute's values, as people write them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Many(Vec<String>),
}

/// `portaria mapping`
pub(crate) fn run(typed: &MappingArgs) -> Result<(), Failure> {
    let MappingJob::Test(typed) = &typed.job;
    let rules = read(&typed.rules)?;
    let mapping = Mapping::read(&rules, typed.dialect.into())
        .map_err(|fault| wrong(&typed.rules, &fault.to_string()))?;
    let mapped = mapping
        .apply(&attributes(typed)?)
        .map_err(|why| Failure::new(Exit::Refused, anyhow!("{}: {why}", why.code())))?;
    let shown = serde_json::to_string_pretty(&mapped).map_err(anyhow::Error::from)?;
    println!("{shown}");
    Ok(())
}

fn attributes(typed: &MappingTestArgs) -> Result<Attributes, Failure> {
    let text = read(&typed.attributes)?;
    let named: BTreeMap<String, Values> = serde_json::from_str(&text)
        .map_err(|error| wrong(&typed.attributes, &error.to_string()))?;
    let values = |values| match values {
        Values::One(value) => vec![value],
        Values::Many(values) => values,
    };
    Ok(named
        .into_iter()
        .map(|(name, given)| (name, values(given)))
        .collect())
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .with_context(|| path.display().to_string())
        .map_err(|error| Failure::new(Exit::Usage, error))
}

fn wrong(path: &Path, what: &str) -> Failure {
    Failure::new(Exit::Usage, anyhow!("{}: {what}", path.display()))
}
