//! `[[forward_auth]]`: which APIs behind a proxy our tokens open.

use crate::config::fault::Fault;
use crate::config::{Door, Kind};
use crate::front::path::is_plain;
use jiff::SignedDuration;

/// One API, or part of one.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForwardAuth {
    /// Host name under which clients reach it.
    pub host: String,
    /// The path and everything below it. Of several rules the longest counts.
    pub path: String,
    /// Host name of the `storagegrid` door whose tokens open it, or of the `cess` door whose sessions do.
    pub door: String,
    /// Accounts whose tokens open it; none for a `cess` door.
    #[serde(default)]
    pub accounts: Vec<String>,
    /// Groups of which a person needs one. None asks for no group beyond those that opened the account.
    #[serde(default)]
    pub groups: Vec<String>,
    /// How long a session that is opened for it lives unless its client says otherwise; only for a `cess` door.
    pub lifetime: Option<SignedDuration>,
}

/// What is wrong with the rules taken together.
pub(super) fn check(rules: &[ForwardAuth], doors: &[Door], faults: &mut Vec<Fault>) {
    for (index, rule) in rules.iter().enumerate() {
        let mut unless = |holds: bool, field: &str, what: &str| {
            if !holds {
                let at = format!("forward_auth[{index}].{field}");
                faults.push(Fault::new(at, what));
            }
        };
        let named = !rule.host.is_empty() && rule.host == rule.host.to_ascii_lowercase();
        unless(
            named && !rule.host.contains([':', '/']),
            "host",
            "must be a host name in lower case, without a port",
        );
        let ends = rule.path == "/" || !rule.path.ends_with('/');
        unless(
            is_plain(&rule.path) && ends && !rule.path.contains(['?', '%']),
            "path",
            "must be a decoded path that begins with / and does not end with one",
        );
        let door = doors.iter().find(|door| door.hosts.contains(&rule.door));
        let kind = door.map(|door| door.kind);
        unless(
            matches!(kind, Some(Kind::StorageGrid | Kind::Cess)),
            "door",
            "is no host of a `storagegrid` or `cess` door",
        );
        unless(
            kind == Some(Kind::Cess) || !rule.accounts.is_empty(),
            "accounts",
            "is empty: nobody would be admitted",
        );
        unless(
            kind != Some(Kind::Cess) || rule.accounts.is_empty() && rule.groups.is_empty(),
            "accounts",
            "sessions of a `cess` door have neither accounts nor groups",
        );
        unless(
            rule.lifetime
                .is_none_or(|lifetime| kind == Some(Kind::Cess) && lifetime > SignedDuration::ZERO),
            "lifetime",
            "is for sessions of a `cess` door, and longer than nothing",
        );
        let first = rules
            .iter()
            .position(|other| (&other.host, &other.path) == (&rule.host, &rule.path));
        unless(
            first == Some(index),
            "path",
            "stands in another rule for the same host",
        );
    }
}
