//! `portaria mapping test`: what rules make of attributes.
//!
//! This module owns reading files and writing what came out; what rules mean is for `identity::mapping`.
//!
//! * here: one set of rules, one person · [`cases`]: many of both at once, without a database as well
//! * [`history`]: rules against the sign-ins that an organization remembers

mod cases;
mod history;

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
pub(crate) async fn run(typed: &MappingArgs) -> Result<(), Failure> {
    let MappingJob::Test(typed) = &typed.job;
    match (&typed.cases, &typed.rules, &typed.attributes) {
        (Some(file), ..) => cases::run(file),
        (None, Some(rules), _) if typed.history => history::run(typed, rules).await,
        (None, Some(rules), Some(attributes)) => once(typed, (rules, attributes)),
        // The parser asks for them; this is its last line.
        _ => Err(Failure::because(
            Exit::Usage,
            "rules and attributes are needed",
        )),
    }
}

fn once(typed: &MappingTestArgs, (rules, attributes): (&Path, &Path)) -> Result<(), Failure> {
    let mapping = Mapping::read(&read(rules)?, typed.dialect.into())
        .map_err(|fault| wrong(rules, &fault.to_string()))?;
    let named: BTreeMap<String, Values> = serde_json::from_str(&read(attributes)?)
        .map_err(|error| wrong(attributes, &error.to_string()))?;
    let mapped = mapping
        .apply(&given(named))
        .map_err(|why| Failure::new(Exit::Refused, anyhow!("{}: {why}", why.code())))?;
    let shown = serde_json::to_string_pretty(&mapped).map_err(anyhow::Error::from)?;
    println!("{shown}");
    Ok(())
}

fn given(named: BTreeMap<String, Values>) -> Attributes {
    let values = |values| match values {
        Values::One(value) => vec![value],
        Values::Many(values) => values,
    };
    named
        .into_iter()
        .map(|(name, given)| (name, values(given)))
        .collect()
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .with_context(|| path.display().to_string())
        .map_err(|error| Failure::new(Exit::Usage, error))
}

fn wrong(path: &Path, what: &str) -> Failure {
    Failure::new(Exit::Usage, anyhow!("{}: {what}", path.display()))
}
