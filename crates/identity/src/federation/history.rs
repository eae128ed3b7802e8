//! Sign-ins that an organization remembers, so that changed mapping rules can be tried on them before they count.
//!
//! Nothing is kept unless the organization says so. Then it is the last sign-in of each person through each provider, for so
//! many days and so many people; values stand in it as they are only for attributes that the organization named, of all others
//! a keyed fingerprint; and all of it is sealed. Fingerprints of equal values are equal, so that a rule that only passes a value
//! on is replayed truly; one that tests a value is not, and is said to be hidden.

use super::person::{Person, mapped};
use super::scope::opened;
use super::token::Scope;
use crate::digest;
use crate::error::{Answer, Refused, Unavailable};
use crate::mapping::{Attributes, Dialect, Mapping};
use crate::moment::Moment;
use crate::service::Service;
use crate::store::sign_in_history::{HistorySettings, SignIn};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// What a history is sealed for.
const SEALED: &str = "sign-in-history";
/// What fingerprints of values are keyed for.
const FINGERPRINT: &str = "sign-in-history-value";
/// Bytes of a sign-in that is remembered: far above what providers send, and a bound on what a stranger's provider can store.
const LONGEST: usize = 16 * 1024;

/// What changed rules would mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// How many people were remembered.
    pub people: usize,
    /// Those whose access would change.
    pub changes: Vec<Change>,
    /// Attributes that the changed rules test, and of which only fingerprints were kept.
    pub hidden: Vec<String>,
}

/// What would change for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The stable identifier of the person, as tokens and the audit have it.
    pub person: String,
    /// When they came last.
    pub last_seen: Timestamp,
    /// What the rules said and would say, where that is no access: a code, or `admitted`.
    pub outcome: Option<(String, String)>,
    /// Groups, accounts and roles that they would have.
    pub gains: Vec<String>,
    /// Those that they would not have any more.
    pub loses: Vec<String>,
}

/// A sign-in to be remembered in the transaction of its token.
pub(super) struct Memory {
    pub(super) sign_in: SignIn,
    /// Until when, in milliseconds; and of how many people at most.
    pub(super) bounds: (i64, u32),
}

impl Service {
    /// The sign-in as the organization wants it remembered; none if it does not.
    pub(super) async fn memory(
        &self,
        moment: &Moment,
        organization: &str,
        (provider, protocol): (&str, &str),
        (person, attributes): (&Person, &Attributes),
    ) -> Result<Option<Memory>, Unavailable> {
        let Some(settings) = self.inner.store.history_settings(organization).await? else {
            return Ok(None);
        };
        let redacted = self.redacted(organization, &settings, attributes);
        let plain = serde_json::to_vec(&redacted).expect("texts are always JSON");
        if plain.len() > LONGEST {
            return Ok(None);
        }
        let bound = bound(organization, &person.id);
        let vault = &self.inner.vault;
        let expires = moment.now + SignedDuration::from_hours(24) * days(&settings);
        Ok(Some(Memory {
            sign_in: SignIn {
                provider: provider.to_owned(),
                protocol: protocol.to_owned(),
                person: person.id.clone(),
                at: moment.now,
                sealed: vault.seal(SEALED, &bound, &plain, moment.bytes()),
            },
            bounds: (expires.as_millisecond(), settings.people),
        }))
    }

    /// Replays what is remembered of a provider's people with its own rules and with `changed`. Codes: `history.off` (the
    /// organization remembers nothing), `idp.disabled` (no such provider), `mapping.unreadable`.
    pub async fn replay_sign_ins(
        &self,
        moment: &Moment,
        organization: &str,
        (provider, changed): (&str, (String, Dialect)),
    ) -> Answer<Replay> {
        let store = &self.inner.store;
        let Some(settings) = store.history_settings(organization).await? else {
            return Ok(Err(Refused::new(
                "history.off",
                "the organization remembers no sign-ins",
            )));
        };
        let hidden = match Mapping::read(&changed.0, changed.1) {
            Ok(mapping) => mapping.tested(),
            Err(fault) => {
                return Ok(Err(Refused::new("mapping.unreadable", fault.to_string())));
            }
        };
        let hidden = hidden
            .into_iter()
            .filter(|name| !settings.attributes.contains(name));
        let by_saml = store.identity_provider(organization, provider).await?;
        let by_openid = store.openid_provider(organization, provider).await?;
        let own = match (by_saml, by_openid) {
            (Some(found), _) => found.mapping,
            (None, Some(found)) => found.mapping,
            (None, None) => {
                return Ok(Err(Refused::new(
                    "idp.disabled",
                    "no such identity provider",
                )));
            }
        };
        let sign_ins = store.sign_ins(organization, provider, moment.now).await?;
        let mut replay = Replay {
            people: sign_ins.len(),
            changes: Vec::new(),
            hidden: hidden.collect(),
        };
        for sign_in in sign_ins {
            let bound = bound(organization, &sign_in.person);
            let plain = self.inner.vault.open(SEALED, &bound, &sign_in.sealed);
            let Some(attributes) = plain.and_then(|plain| serde_json::from_slice(&plain).ok())
            else {
                // Sealed with a master key that was replaced.
                replay.people -= 1;
                continue;
            };
            let attributes: BTreeMap<String, Vec<String>> = attributes;
            let attributes: Attributes = attributes.into_iter().collect();
            let before = self
                .access(organization, provider, (own.as_ref(), &attributes))
                .await?;
            let after = self
                .access(organization, provider, (Some(&changed), &attributes))
                .await?;
            replay.changes.extend(compared(&sign_in, before, after));
        }
        Ok(Ok(replay))
    }

    /// What these rules open to somebody: groups, accounts and roles in words; or the code of the refusal.
    async fn access(
        &self,
        organization: &str,
        provider: &str,
        (rules, attributes): (Option<&(String, Dialect)>, &Attributes),
    ) -> Result<Result<BTreeSet<String>, String>, Unavailable> {
        let mapped = match mapped(&self.inner.mappings, (rules, attributes)) {
            Ok(mapped) => mapped,
            Err(refused) => return Ok(Err(refused.code.to_owned())),
        };
        let groups = self.groups_of_mapped(organization, &mapped).await?;
        let names: Vec<String> = groups.into_iter().map(|group| group.name).collect();
        let mut access: BTreeSet<String> =
            names.iter().map(|name| format!("group {name}")).collect();
        for account in self.inner.store.accounts(organization).await? {
            let name = account.name.clone();
            let roles = match opened(account, (&names, Some(provider))) {
                Some(Scope::Domain(roles) | Scope::Project(_, roles)) => roles,
                Some(Scope::Unscoped) | None => continue,
            };
            access.insert(format!("account {name}"));
            access.extend(
                roles
                    .iter()
                    .map(|role| format!("role {} in account {name}", role.name)),
            );
        }
        Ok(Ok(access))
    }

    fn redacted(
        &self,
        organization: &str,
        settings: &HistorySettings,
        attributes: &Attributes,
    ) -> BTreeMap<String, Vec<String>> {
        let fingerprint = |value: &String| {
            let bound = organization.as_bytes();
            let print = self.inner.vault.fingerprint(FINGERPRINT, bound, value);
            format!("~{print}")
        };
        let kept = |name: &str, values: &[String]| {
            if settings.attributes.iter().any(|known| known == name) {
                values.to_vec()
            } else {
                values.iter().map(fingerprint).collect()
            }
        };
        attributes
            .each()
            .map(|(name, values)| (name.to_owned(), kept(name, values)))
            .collect()
    }
}

fn days(settings: &HistorySettings) -> i32 {
    i32::try_from(settings.days).unwrap_or(i32::MAX)
}

/// A sealed sign-in opens for no other person.
fn bound(organization: &str, person: &str) -> Vec<u8> {
    digest::of_parts(&[organization, person]).to_vec()
}

fn compared(
    sign_in: &SignIn,
    before: Result<BTreeSet<String>, String>,
    after: Result<BTreeSet<String>, String>,
) -> Option<Change> {
    if before == after {
        return None;
    }
    let said = |access: &Result<_, String>| match access {
        Ok(_) => "admitted".to_owned(),
        Err(code) => code.clone(),
    };
    let (was, would_be) = (said(&before), said(&after));
    let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
    Some(Change {
        person: sign_in.person.clone(),
        last_seen: sign_in.at,
        gains: after.difference(&before).cloned().collect(),
        loses: before.difference(&after).cloned().collect(),
        outcome: (was != would_be).then_some((was, would_be)),
    })
}
