//! Values that do not stand in the declaration itself: `X_file = "path"` puts what a file holds in the place of `X`, `X_env = "NAME"`
//! what a variable holds, for every value that is text; and metadata and keys are fetched from their addresses.

use identity::declare::{Declaration, Fault};
use identity::metadata_sources::{Fetched, Kind};
use server::metadata::Fetcher;
use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value that is not where it was said to be.
pub(super) struct Missing {
    pub(super) key: String,
    pub(super) span: Range<usize>,
    pub(super) what: String,
}

/// Where values come from: the folder that paths start from, and the variables.
pub(super) type Places<'a> = (&'a Path, &'a dyn Fn(&str) -> Option<String>);

/// Puts every value into its place.
pub(super) fn fill_in(table: &mut DeTable<'_>, places: Places<'_>) -> Vec<Missing> {
    let mut missing = Vec::new();
    fill_in_table(table, places, &mut missing);
    missing
}

fn fill_in_table(table: &mut DeTable<'_>, places: Places<'_>, missing: &mut Vec<Missing>) {
    let keys: Vec<String> = table
        .iter()
        .map(|(key, _)| key.get_ref().to_string())
        .collect();
    for key in keys {
        let Some(name) = ["_file", "_env"]
            .iter()
            .find_map(|end| key.strip_suffix(end))
        else {
            continue;
        };
        let Some(value) = table.remove(key.as_str()) else {
            continue;
        };
        let span = value.span();
        let found = if table.contains_key(name) {
            Err(format!(
                "{name} stands beside it, and only one of them can be right"
            ))
        } else {
            look_up(&key, value.get_ref().as_str(), places)
        };
        match found {
            Ok(text) => {
                let value = DeValue::String(Cow::Owned(text));
                let name = Spanned::new(span.clone(), Cow::Owned(name.to_owned()));
                table.insert(name, Spanned::new(span, value));
            }
            Err(what) => missing.push(Missing { key, span, what }),
        }
    }
    for (_, value) in table.iter_mut() {
        fill_in_value(value, places, missing);
    }
}

fn fill_in_value(value: &mut Spanned<DeValue<'_>>, places: Places<'_>, missing: &mut Vec<Missing>) {
    match value.get_mut() {
        DeValue::Table(table) => fill_in_table(table, places, missing),
        DeValue::Array(entries) => {
            for entry in entries.iter_mut() {
                fill_in_value(entry, places, missing);
            }
        }
        _ => {}
    }
}

/// What the file or the variable holds. The line end that editors put behind the last line is not part of it.
fn look_up(
    key: &str,
    place: Option<&str>,
    (folder, variable): Places<'_>,
) -> Result<String, String> {
    let place = place.ok_or("is not text")?;
    if key.ends_with("_env") {
        return variable(place).ok_or_else(|| format!("the variable {place} is not set"));
    }
    let path = folder.join(place);
    let text =
        std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

/// Fetches metadata and keys that are not there yet. What could not be fetched is for the rules to judge: they may have an earlier document.
pub(super) async fn fetch(declaration: &mut Declaration, fetcher: &Fetcher) -> Vec<Fault> {
    let mut unfetched = Vec::new();
    for organization in &mut declaration.organization {
        let here = format!("organization[{}]", organization.id);
        for provider in &mut organization.identity_provider {
            let id = &provider.id;
            if let (Some(url), None) = (&provider.metadata_url, &provider.metadata) {
                let wanted = (url.as_str(), Kind::IdentityProvider, id.as_str());
                provider.metadata = document(fetcher, wanted, (&here, &mut unfetched)).await;
            }
            if let Some(openid) = &mut provider.openid
                && let (Some(url), true) = (&openid.keys_url, openid.keys.is_empty())
            {
                let wanted = (url.as_str(), Kind::Issuer, id.as_str());
                let keys = document(fetcher, wanted, (&here, &mut unfetched)).await;
                openid.keys = keys.unwrap_or_default();
            }
        }
        for application in &mut organization.application {
            if let (Some(url), None) = (&application.metadata_url, &application.metadata) {
                let wanted = (url.as_str(), Kind::Application, application.id.as_str());
                application.metadata = document(fetcher, wanted, (&here, &mut unfetched)).await;
            }
        }
    }
    unfetched
}

/// What an address holds for the peer of that kind and identifier; nothing, and a fault, if it could not be fetched.
async fn document(
    fetcher: &Fetcher,
    (url, kind, id): (&str, Kind, &str),
    (here, unfetched): (&str, &mut Vec<Fault>),
) -> Option<String> {
    match text(fetcher.fetch((url, kind), (None, None)).await) {
        Ok(document) => Some(document),
        Err(what) => {
            let at = format!("{here}.{}", kind.place(id));
            unfetched.push(Fault { at, what });
            None
        }
    }
}

fn text(fetched: Fetched) -> Result<String, String> {
    match fetched {
        Fetched::Document { bytes, .. } => {
            String::from_utf8(bytes).map_err(|_| "what is there is not UTF-8".to_owned())
        }
        Fetched::Unchanged => Err("said that nothing changed, without being asked".to_owned()),
        Fetched::Failed(refused) => Err(refused.to_string()),
    }
}
