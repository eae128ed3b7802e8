//! Is a declaration sound? Every fault is found before anything is written.

use super::identity_providers;
use super::impostors;
use super::own_keys;
use super::parties;
use super::resource_servers;
use super::{Account, Declaration, Fault, Manner, Organization, User, settings};
use crate::approvals::number::is_telephone;
use crate::error::Unavailable;
use crate::metadata_sources::MetadataSource;
use crate::moment::Moment;
use crate::passwords;
use crate::service::Service;
use crate::store::users;
use crate::totp;
use std::collections::HashSet;
use std::hash::Hash;

/// An organization that was found sound, with what reading its metadata gave.
pub(super) struct Plan {
    pub(super) organization: Organization,
    /// Entity IDs of its applications, in order.
    pub(super) relying_parties: Vec<Option<String>>,
    /// Entity IDs of its identity providers, in order.
    pub(super) identity_providers: Vec<String>,
    /// Where metadata is fetched again.
    pub(super) metadata_sources: Vec<MetadataSource>,
}

/// What judging found: organizations that are sound, and what is worth saying all the same.
pub(super) struct Sound {
    pub(super) plans: Vec<Plan>,
    pub(super) warnings: Vec<Fault>,
}

/// Faults as they are found, each with the place where we are.
#[derive(Default)]
pub(super) struct Finder {
    pub(super) faults: Vec<Fault>,
    warnings: Vec<Fault>,
}

impl Finder {
    pub(super) fn unless(&mut self, holds: bool, at: &str, what: &str) {
        if !holds {
            self.faults.push(Fault {
                at: at.to_owned(),
                what: what.to_owned(),
            });
        }
    }

    /// What is taken, though it had better not be so.
    pub(super) fn advise(&mut self, holds: bool, at: &str, what: &str) {
        if !holds {
            self.warnings.push(Fault {
                at: at.to_owned(),
                what: what.to_owned(),
            });
        }
    }

    /// A secret that a program knows: of any length, because it may have been known elsewhere before.
    pub(super) fn secret(&mut self, secret: &str, at: &str) {
        self.unless(
            !secret.is_empty(),
            at,
            "is empty: `portaria secret` prints a new one",
        );
        self.unless(
            secret.len() <= LONGEST_SECRET,
            at,
            "is longer than 1,024 bytes",
        );
        // RFC 7518 §3.2 for HS256, RFC 6749 §10.10 for secrets of clients.
        self.advise(
            secret.is_empty() || secret.len() >= 32,
            at,
            "holds less than 256 bits: whoever sees what it signs or sends can try them all",
        );
    }

    /// A text that people, logs, headers and XML can carry.
    pub(super) fn text(&mut self, text: &str, at: &str) {
        self.unless(!text.is_empty(), at, "is empty");
        self.unless(text.len() <= LONGEST, at, "is longer than 256 bytes");
        self.unless(text.trim() == text, at, "has white space around it");
        self.unless(
            !text.chars().any(unprintable),
            at,
            "has a control character or one that XML cannot carry",
        );
    }

    pub(super) fn each_once<T: Hash + Eq>(
        &mut self,
        items: impl Iterator<Item = (T, String)>,
        what: &str,
    ) {
        let mut seen = HashSet::new();
        for (item, at) in items {
            self.unless(seen.insert(item), &at, what);
        }
    }
}

/// The longest name, in bytes.
const LONGEST: usize = 256;
/// The longest secret, in bytes.
const LONGEST_SECRET: usize = 1024;

/// XML 1.0 §2.2 leaves out U+FFFE and U+FFFF; control characters break logs and headers (security: I2, P09).
pub(crate) fn unprintable(character: char) -> bool {
    character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}')
}

/// Judges everything.
pub(super) async fn judge(
    service: &Service,
    moment: &Moment,
    (declaration, manner): (&Declaration, Manner),
) -> Result<Result<Sound, Vec<Fault>>, Unavailable> {
    let mut finder = Finder::default();
    finder.each_once(
        declaration.organization.iter().map(|o| (&o.id, place(o))),
        "is declared twice",
    );
    let mut plans = Vec::new();
    for organization in &declaration.organization {
        let circumstances = (moment, manner, organization);
        plans.push(judge_organization(&mut finder, service, circumstances).await?);
    }
    impostors::judge(&mut finder, service, &plans).await?;
    Ok(if finder.faults.is_empty() {
        Ok(Sound {
            plans,
            warnings: finder.warnings,
        })
    } else {
        Err(finder.faults)
    })
}

pub(super) fn place(organization: &Organization) -> String {
    format!("organization[{}]", organization.id)
}

async fn judge_organization(
    finder: &mut Finder,
    service: &Service,
    (moment, manner, organization): (&Moment, Manner, &Organization),
) -> Result<Plan, Unavailable> {
    let here = place(organization);
    let (organization, metadata_sources) =
        parties::with_metadata(finder, service, (moment, organization)).await?;
    let organization = &organization;
    finder.text(&organization.id, &format!("{here}.id"));
    if let Some(name) = &organization.name {
        finder.text(name, &format!("{here}.name"));
    }
    judge_groups(finder, service, organization).await?;
    judge_users(finder, service, organization).await?;
    resource_servers::judge(finder, organization);
    if let Some(history) = &organization.sign_in_history {
        settings::judge_history(finder, history, &here);
    }
    let mut relying_parties = Vec::new();
    finder.each_once(
        organization
            .application
            .iter()
            .map(|a| (&a.id, format!("{here}.application[{}]", a.id))),
        "is declared twice",
    );
    for application in &organization.application {
        relying_parties.push(parties::judge_application(
            finder,
            application,
            (&here, moment),
        ));
        own_keys::judge(finder, service, (organization, application)).await?;
    }
    let mut entity_ids = Vec::new();
    finder.each_once(
        organization
            .identity_provider
            .iter()
            .map(|p| (&p.id, format!("{here}.identity_provider[{}]", p.id))),
        "is declared twice",
    );
    for group in &organization.administrators {
        finder.text(group, &format!("{here}.administrators"));
    }
    for provider in &organization.identity_provider {
        entity_ids.push(identity_providers::judge(
            finder,
            (organization, provider, moment),
        ));
    }
    let at = |kind: &str, id: &str| format!("{here}.{kind}[{id}].metadata");
    let entities = organization
        .application
        .iter()
        .zip(&relying_parties)
        .filter_map(|(a, e)| Some((e.as_ref()?, at("application", &a.id))));
    finder.each_once(entities, "has the entity ID of another application");
    let entities = organization
        .identity_provider
        .iter()
        .zip(&entity_ids)
        .filter(|(_, e)| !e.is_empty());
    finder.each_once(
        entities.map(|(p, e)| (e, at("identity_provider", &p.id))),
        "has the entity ID of another identity provider",
    );
    let issuers = organization.identity_provider.iter().filter_map(|p| {
        let at = format!("{here}.identity_provider[{}].openid", p.id);
        Some((&p.openid.as_ref()?.issuer, at))
    });
    finder.each_once(issuers, "has the issuer of another identity provider");
    judge_accounts(finder, service, (manner, organization)).await?;
    Ok(Plan {
        organization: organization.clone(),
        relying_parties,
        identity_providers: entity_ids,
        metadata_sources,
    })
}

async fn judge_groups(
    finder: &mut Finder,
    service: &Service,
    organization: &Organization,
) -> Result<(), Unavailable> {
    let stored = service.inner.store.groups(&organization.id).await?;
    let here = place(organization);
    let at = |name: &str| format!("{here}.group[{name}]");
    finder.each_once(
        organization.group.iter().map(|g| (&g.name, at(&g.name))),
        "is declared twice",
    );
    finder.each_once(
        organization
            .group
            .iter()
            .filter_map(|g| Some((g.id.as_ref()?, at(&g.name)))),
        "has the id of another group",
    );
    for group in &organization.group {
        finder.text(&group.name, &at(&group.name));
        if let Some(id) = &group.id {
            let there = format!("{}.id", at(&group.name));
            finder.text(id, &there);
            let kept = stored.iter().find(|(_, name)| *name == group.name);
            finder.unless(
                kept.is_none_or(|(stored, _)| stored == id),
                &there,
                "is not the id that the group has",
            );
        }
    }
    Ok(())
}

async fn judge_users(
    finder: &mut Finder,
    service: &Service,
    organization: &Organization,
) -> Result<(), Unavailable> {
    let here = place(organization);
    let at = |user: &User| format!("{here}.user[{}]", user.name);
    finder.each_once(
        organization
            .user
            .iter()
            .map(|u| (users::key(&u.name), at(u))),
        "is declared twice (letter case does not count)",
    );
    finder.each_once(
        organization
            .user
            .iter()
            .filter_map(|u| Some((u.guid?, at(u)))),
        "has the GUID of another person",
    );
    finder.each_once(
        organization
            .user
            .iter()
            .filter_map(|u| Some((u.id.as_ref()?, at(u)))),
        "has the id of another person",
    );
    for user in &organization.user {
        judge_user(finder, user, &at(user));
        if let Some(id) = &user.id {
            let there = format!("{}.id", at(user));
            finder.text(id, &there);
            let (store, organization) = (&service.inner.store, &organization.id);
            let kept = store.user_by_name(organization, &user.name).await?;
            finder.unless(
                kept.is_none_or(|kept| kept.id == *id),
                &there,
                "is not the id that the person has",
            );
        }
    }
    Ok(())
}

fn judge_user(finder: &mut Finder, user: &User, here: &str) {
    finder.text(&user.name, &format!("{here}.name"));
    finder.unless(
        !user.name.contains('\\'),
        &format!("{here}.name"),
        "has a backslash, which separates domain and user",
    );
    for (field, text) in [("full_name", &user.full_name), ("email", &user.email)] {
        if let Some(text) = text {
            finder.text(text, &format!("{here}.{field}"));
        }
    }
    for group in &user.groups {
        finder.text(group, &format!("{here}.groups"));
    }
    match (&user.password, &user.password_hash) {
        (Some(_), Some(_)) => finder.unless(false, here, "has both a password and a password_hash"),
        // A holder at our own PSC proves who they are by the code alone.
        (None, None) => finder.unless(
            user.totp.is_some(),
            here,
            "has neither a password, nor a password_hash, nor a second factor",
        ),
        (Some(password), None) => finder.unless(
            (1..=passwords::LONGEST).contains(&password.len()),
            &format!("{here}.password"),
            "is empty or longer than 1,024 bytes",
        ),
        (None, Some(hash)) => finder.unless(
            passwords::is_hash(hash),
            &format!("{here}.password_hash"),
            "is not a hash that can be read (argon2id, bcrypt, PBKDF2) or is too dear",
        ),
    }
    if let Some(secret) = &user.totp {
        finder.unless(
            totp::read_secret(secret).is_some(),
            &format!("{here}.totp"),
            "is not base32 of at least ten bytes",
        );
    }
    if let Some(number) = &user.telephone {
        finder.unless(
            is_telephone(number),
            &format!("{here}.telephone"),
            "is not a telephone number in international form, such as +55 11 90000-0000",
        );
    }
    // Not every door reaches telephones, and a second factor that somebody has is asked for everywhere.
    finder.unless(
        user.totp.is_some() || !(user.push || user.telephone.is_some()),
        here,
        "has a telephone but no totp, which the doors ask for that reach no telephone",
    );
}

async fn judge_accounts(
    finder: &mut Finder,
    service: &Service,
    (manner, organization): (Manner, &Organization),
) -> Result<(), Unavailable> {
    let here = place(organization);
    let at = |account: &Account| format!("{here}.account[{}]", account.id);
    finder.each_once(
        organization.account.iter().map(|a| (&a.id, at(a))),
        "is declared twice",
    );
    for account in &organization.account {
        finder.text(&account.id, &format!("{}.id", at(account)));
        for text in account.name.iter().chain(&account.admits) {
            finder.text(text, &at(account));
        }
        for role in &account.role {
            let here = format!("{}.role[{}]", at(account), role.name);
            finder.text(&role.id, &format!("{here}.id"));
            finder.text(&role.name, &here);
            finder.unless(
                role.groups.iter().all(|g| account.admits.contains(g)),
                &here,
                "names a group that the account does not admit",
            );
        }
        if let Some(provider) = &account.identity_provider {
            let known = organization
                .identity_provider
                .iter()
                .any(|p| p.id == *provider && (p.metadata.is_some() || p.openid.is_some()))
                // What is not declared is removed, or it stays.
                || !manner.prune
                    && service
                        .inner
                        .store
                        .identity_provider(&organization.id, provider)
                        .await?
                        .is_some();
            finder.unless(
                known,
                &format!("{}.identity_provider", at(account)),
                &format!("{provider} is not declared"),
            );
        }
    }
    Ok(())
}

pub(crate) fn is_https(url: &str) -> bool {
    url::Url::parse(url)
        .is_ok_and(|url| url.scheme() == "https" && url.has_host() && url.username().is_empty())
}
