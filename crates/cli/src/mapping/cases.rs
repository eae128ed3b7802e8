//! `--cases`: one JSON object a line, `{"dialect", "rules", "attributes"}`, and for each of them one line that says what came out:
//! `{"mapped": …}`, `{"refused": CODE}` or `{"fault": {"at", "what"}}`.

use super::{Values, given, read, wrong};
use crate::exit::Failure;
use identity::mapping::{Dialect, Mapping};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Deserialize)]
struct Case {
    #[serde(default)]
    dialect: Dialect,
    rules: Value,
    attributes: BTreeMap<String, Values>,
}

pub(super) fn run(file: &Path) -> Result<(), Failure> {
    for (number, line) in read(file)?.lines().enumerate() {
        let case: Case = serde_json::from_str(line)
            .map_err(|error| wrong(file, &format!("line {}: {error}", number + 1)))?;
        println!("{}", outcome(case));
    }
    Ok(())
}

fn outcome(case: Case) -> Value {
    match Mapping::compile(&case.rules, case.dialect) {
        Err(fault) => json!({"fault": {"at": fault.at, "what": fault.what}}),
        Ok(mapping) => match mapping.apply(&given(case.attributes)) {
            Ok(mapped) => json!({ "mapped": mapped }),
            Err(refused) => json!({"refused": refused.code()}),
        },
    }
}
