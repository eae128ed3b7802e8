//! Is a declaration sound? Every fault is found before anything is written.

use super::identity_providers;
use super::impostors;
use super::own_keys;
use super::resource_servers;
use super::{Account, Application, Declaration, Fault, Organization, User, settings};
use crate::approvals::number::is_telephone;
use crate::error::Unavailable;
use crate::moment::Moment;
use crate::passwords;
use crate::peers::Peer;
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
}

/// Faults as they are found, each with the place where we are.
pub(super) struct Finder {
    pub(super) faults: Vec<Fault>,
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

/// XML 1.0 §2.2 leaves out U+FFFE and U+FFFF; control characters break logs and headers (security: I2, P09).
pub(crate) fn unprintable(character: char) -> bool {
    character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}')
}

/// Judges everything.
pub(super) async fn judge(
    service: &Service,
    moment: &Moment,
    declaration: &Declaration,
) -> Result<Result<Vec<Plan>, Vec<Fault>>, Unavailable> {
    let mut finder = Finder { faults: Vec::new() };
    finder.each_once(
        declaration.organization.iter().map(|o| (&o.id, place(o))),
        "is declared twice",
    );
    let mut plans = Vec::new();
    for organization in &declaration.organization {
        plans.push(judge_organization(&mut finder, service, (moment, organization)).await?);
    }
    impostors::judge(&mut finder, service, &plans).await?;
    Ok(if finder.faults.is_empty() {
        Ok(plans)
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
    (moment, organization): (&Moment, &Organization),
) -> Result<Plan, Unavailable> {
    let here = place(organization);
    let organization = &with_metadata(finder, organization.clone(), &here);
    finder.text(&organization.id, &format!("{here}.id"));
    if let Some(name) = &organization.name {
        finder.text(name, &format!("{here}.name"));
    }
    judge_groups(finder, service, organization).await?;
    judge_users(finder, organization);
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
        relying_parties.push(judge_application(finder, application, (&here, moment)));
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
    judge_accounts(finder, service, organization).await?;
    Ok(Plan {
        organization: organization.clone(),
        relying_parties,
        identity_providers: entity_ids,
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

fn judge_users(finder: &mut Finder, organization: &Organization) {
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
    for user in &organization.user {
        judge_user(finder, user, &at(user));
    }
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
            "is not an argon2id hash in PHC form of a bearable cost",
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

/// Relying parties that were declared by settings get the metadata that the settings amount to.
fn with_metadata(finder: &mut Finder, mut organization: Organization, here: &str) -> Organization {
    for application in &mut organization.application {
        let Some(declared) = &application.saml else {
            continue;
        };
        let at = format!("{here}.application[{}].saml", application.id);
        finder.unless(
            application.metadata.is_none(),
            &at,
            "stands beside metadata, and only one of them can be right",
        );
        application.metadata = settings::metadata(finder, declared, &at);
    }
    organization
}

fn judge_application(
    finder: &mut Finder,
    application: &Application,
    (organization, moment): (&str, &Moment),
) -> Option<String> {
    let here = format!("{organization}.application[{}]", application.id);
    finder.text(&application.id, &format!("{here}.id"));
    if let Some(name) = &application.name {
        finder.text(name, &format!("{here}.name"));
    }
    if let Some(declared) = &application.jwt {
        settings::judge_jwt(finder, declared, &format!("{here}.jwt"));
    }
    if let Some(declared) = &application.oauth {
        settings::judge_oauth(finder, declared, &format!("{here}.oauth"));
    }
    let at = format!("{here}.metadata");
    let Some(metadata) = &application.metadata else {
        finder.unless(
            application.reply.is_none(),
            &format!("{here}.reply"),
            "is for SAML relying parties, and this application has no metadata",
        );
        finder.unless(
            !application.sign_requests,
            &at,
            "is missing, and so are the keys of signed requests",
        );
        return None;
    };
    let peer = read(finder, metadata, (&at, moment));
    if let Some(declared) = &application.reply {
        super::reply::judge(finder, declared, (&format!("{here}.reply"), peer.as_ref()));
    }
    let peer = peer?;
    let consumers = peer.assertion_consumers();
    finder.unless(
        !consumers.is_empty(),
        &at,
        "has no AssertionConsumerService with the POST binding",
    );
    // Assertions are bearer credentials: they are posted over TLS or not at all (security: I4).
    let carried = peer.assertion_consumers_by_paos();
    finder.unless(
        consumers
            .iter()
            .chain(&carried)
            .all(|(_, url)| is_https(url)),
        &at,
        "has an AssertionConsumerService that is not https",
    );
    finder.unless(
        !application.sign_requests || !peer.service_provider_keys.is_empty(),
        &at,
        "has no key, and its requests must be signed",
    );
    Some(peer.descriptor.entity_id)
}

async fn judge_accounts(
    finder: &mut Finder,
    service: &Service,
    organization: &Organization,
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
                .any(|p| p.id == *provider && p.metadata.is_some())
                || service
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

pub(super) fn read(
    finder: &mut Finder,
    metadata: &str,
    (at, moment): (&str, &Moment),
) -> Option<Peer> {
    match Peer::read(metadata) {
        Ok(peer) => {
            finder.text(&peer.descriptor.entity_id, &format!("{at}.entityID"));
            finder.unless(
                peer.descriptor
                    .valid_until
                    .is_none_or(|until| moment.now < until),
                at,
                "is no longer valid (validUntil)",
            );
            Some(peer)
        }
        Err(refused) => {
            finder.unless(false, at, &format!("is not readable: {refused}"));
            None
        }
    }
}

pub(super) fn is_https(url: &str) -> bool {
    url::Url::parse(url)
        .is_ok_and(|url| url.scheme() == "https" && url.has_host() && url.username().is_empty())
}
