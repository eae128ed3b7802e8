//! What a declaration changes, for people: rows before and after, compared. Secrets are compared and never shown.

use crate::metadata_sources::Kind;
use crate::store::declared::{Columns, Snapshot, TABLES, Value};
use std::fmt;

/// One thing that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where: a path such as `organization[grid].account[12345]`.
    pub at: String,
    /// What becomes of it.
    pub what: What,
}

/// What becomes of something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// It is new.
    Added,
    /// It is no longer there.
    Removed,
    /// It is there, and differs in these points.
    Changed(Vec<String>),
}

impl Change {
    /// Whether it is of something that was there before.
    pub fn is_of_something(&self) -> bool {
        self.what != What::Added
    }
}

/// Columns whose values anybody may read who reads the declaration.
const SHOWN: &[&str] = &[
    "name",
    "full_name",
    "email",
    "groups",
    "admits",
    "identity_provider",
    "entity_id",
    "enabled",
    "allow_unsolicited",
    "groups_attribute",
    "user_attribute",
    "sign_requests",
    "home_url",
    "callback_url",
    "logout_url",
    "code_redirects",
    "token_redirects",
    "implicit",
    "without_pkce",
    "client_credentials",
    "issuer",
    "accounts",
    "url",
];
/// The longest value that is shown.
const LONGEST: usize = 200;

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Added => write!(f, "+ {}", self.at),
            What::Removed => write!(f, "- {}", self.at),
            What::Changed(points) => write!(f, "~ {}: {}", self.at, points.join(", ")),
        }
    }
}

/// What differs between two looks at an organization.
pub(super) fn between(organization: &str, before: &Snapshot, after: &Snapshot) -> Vec<Change> {
    let here = format!("organization[{organization}]");
    let mut rows: Vec<_> = before.keys().chain(after.keys()).collect();
    rows.sort();
    rows.dedup();
    rows.into_iter()
        .filter_map(|row| {
            let what = compare(before.get(row), after.get(row))?;
            Some(Change {
                at: format!("{here}{}", place(row)),
                what,
            })
        })
        .collect()
}

fn place((table, name): &(usize, String)) -> String {
    let table = &TABLES[*table];
    let kind = match (table.kind, name.split_once('/')) {
        // The row names its own kind.
        ("", Some((kind, id))) => {
            let place = Kind::of(kind).map(|kind| kind.place(id));
            return format!(".{}", place.unwrap_or_default());
        }
        ("", None) => return String::new(),
        (kind, _) => kind,
    };
    let section = if table.section.is_empty() { "" } else { "." };
    format!(".{kind}[{name}]{section}{}", table.section)
}

fn compare(before: Option<&Columns>, after: Option<&Columns>) -> Option<What> {
    let (Some(before), Some(after)) = (before, after) else {
        return match (before, after) {
            (None, Some(_)) => Some(What::Added),
            (Some(_), None) => Some(What::Removed),
            _ => None,
        };
    };
    let mut columns: Vec<_> = before.keys().chain(after.keys()).collect();
    columns.sort();
    columns.dedup();
    let points: Vec<String> = columns
        .into_iter()
        // What was declared before is kept beside what the person made of it since, and says nothing new.
        .filter(|column| !column.starts_with("declared_"))
        .filter(|column| before.get(*column) != after.get(*column))
        .map(|column| point(column, (before.get(column), after.get(column))))
        .collect();
    (!points.is_empty()).then_some(What::Changed(points))
}

fn point(column: &str, (before, after): (Option<&Value>, Option<&Value>)) -> String {
    match (shown(column, before), shown(column, after)) {
        (Some(before), Some(after)) => format!("{column} {before} → {after}"),
        _ => column.to_owned(),
    }
}

fn shown(column: &str, value: Option<&Value>) -> Option<String> {
    if !SHOWN.contains(&column) {
        return None;
    }
    match value {
        None | Some(Value::Null) => Some("none".to_owned()),
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(Value::Text(text)) if text.len() <= LONGEST => Some(format!("{text:?}")),
        _ => None,
    }
}
