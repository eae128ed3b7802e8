//! Which rule is for a request.

use super::asked::Asked;
use crate::config::Config;
use crate::router::Doors;
use identity::gateway::Gateway;
use jiff::SignedDuration;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::Arc;

/// A rule, with what its door lends it.
pub(super) struct Rule {
    host: String,
    path: String,
    pub(super) opened_by: OpenedBy,
}

/// What opens an API.
pub(super) enum OpenedBy {
    /// Tokens of a StorageGRID door.
    Tokens(Tokens),
    /// Sessions at the PSCs behind a gateway.
    Sessions(Sessions),
}

/// Which sessions.
pub(super) struct Sessions {
    pub(super) gateway: Arc<Gateway>,
    /// How long one lives that is opened for this application, if it has a say.
    pub(super) lifetime: Option<SignedDuration>,
}

/// Which tokens.
pub(super) struct Tokens {
    /// Whose tokens open it.
    pub(super) organization: String,
    pub(super) accounts: Vec<String>,
    pub(super) groups: Vec<String>,
    /// `https://host`, if the door answers on the same host: only then does its cookie come along.
    origin: Option<String>,
}

impl Tokens {
    /// Where a browser signs in, to come back. A path, which is on the same host, or a URL whose host the configuration names:
    /// nothing of the request does.
    pub(super) fn sign_in(&self, asked: &Asked<'_>) -> Option<String> {
        let (origin, account) = (self.origin.as_deref()?, self.accounts.first()?);
        let origin = if asked.takes_paths() { "" } else { origin };
        let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        let (account, back) = (encoded(account), encoded(asked.target));
        Some(format!(
            "{origin}/sign-on?accountId={account}&return={back}"
        ))
    }
}

/// All rules, the longest path first.
pub(super) struct Rules(Vec<Rule>);

impl Rules {
    pub(super) fn new(config: &Config, doors: &Doors) -> Self {
        let mut rules: Vec<Rule> = config
            .forward_auth
            .iter()
            .filter_map(|rule| {
                let hosts = |door: &&crate::config::Door| door.hosts.contains(&rule.door);
                let door = config.door.iter().find(hosts)?;
                let opened_by = match doors.gateway(&rule.door) {
                    Some(gateway) => OpenedBy::Sessions(Sessions {
                        gateway,
                        lifetime: rule.lifetime,
                    }),
                    None => OpenedBy::Tokens(Tokens {
                        organization: door.organization.clone(),
                        accounts: rule.accounts.clone(),
                        groups: rule.groups.clone(),
                        origin: door
                            .hosts
                            .contains(&rule.host)
                            .then(|| door.origin_of(&rule.host)),
                    }),
                };
                Some(Rule {
                    host: rule.host.clone(),
                    path: rule.path.clone(),
                    opened_by,
                })
            })
            .collect();
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.path.len()));
        Self(rules)
    }

    /// The rule of a host and a decoded path; without one nothing is admitted.
    pub(super) fn of(&self, host: &str, path: &str) -> Option<&Rule> {
        self.0
            .iter()
            .find(|rule| rule.host == host && covers(&rule.path, path))
    }
}

/// Whether `path` is `prefix` or below it: `/reports` does not cover `/reports2`.
fn covers(prefix: &str, path: &str) -> bool {
    let rest = path.strip_prefix(prefix.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_covers_whole_segments() {
        for (prefix, path) in [("/", "/"), ("/", "/a"), ("/a", "/a"), ("/a", "/a/b")] {
            assert!(covers(prefix, path), "{prefix} {path}");
        }
        for (prefix, path) in [("/a", "/"), ("/a", "/ab"), ("/a", "/b/a"), ("/a/b", "/a")] {
            assert!(!covers(prefix, path), "{prefix} {path}");
        }
    }
}
