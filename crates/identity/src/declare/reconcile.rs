//! A sound declaration is written: everything in one transaction, or nothing.

use super::changes::{self, Change};
use super::draft::{Draft, Party, Provider, draft};
use super::judge::Sound;
use super::{Declared, Fault, Manner};
use crate::error::Unavailable;
use crate::federation::{OPENID, SAML};
use crate::keys::manage::Rollover;
use crate::metadata_sources::Kind;
use crate::moment::Moment;
use crate::service::Service;
use crate::store::removal::{self, Removable};
use crate::store::{
    Connection, accounts, applications, audit, declared, federation_tokens, identity_providers,
    jwt_applications, keys, metadata_sources, millis, oauth_applications, openid_providers,
    organizations, protocols, recovery_codes, sessions, sign_in_history, users,
};

/// Why nothing is written.
enum Undone {
    Faults(Vec<Fault>),
    /// It was only asked what would change.
    DryRun(Vec<Change>),
}

/// Writes all plans, or finds out what writing them would change.
pub(super) async fn write(
    service: &Service,
    moment: &Moment,
    (sound, manner): (Sound, Manner),
) -> Result<Result<Declared, Vec<Fault>>, Unavailable> {
    let mut drafts = Vec::new();
    for plan in sound.plans {
        drafts.push(draft(service, moment, plan).await?);
    }
    let now = millis(moment.now);
    let written = service
        .inner
        .store
        .write(move |connection| {
            Box::pin(async move {
                let mut changes = Vec::new();
                for draft in &drafts {
                    match put_and_compare(connection, draft, (manner, now)).await {
                        Ok(found) => changes.extend(found),
                        Err(error) => return clash(draft, error),
                    }
                }
                Ok(if manner.dry_run {
                    Err(Undone::DryRun(changes))
                } else {
                    Ok(changes)
                })
            })
        })
        .await?;
    Ok(match written {
        Ok(changes) | Err(Undone::DryRun(changes)) => Ok(Declared {
            changes,
            warnings: sound.warnings,
        }),
        Err(Undone::Faults(faults)) => Err(faults),
    })
}

async fn put_and_compare(
    connection: &mut Connection,
    draft: &Draft,
    (manner, now): (Manner, i64),
) -> Result<Vec<Change>, sqlx::Error> {
    let before = declared::snapshot(connection, &draft.id).await?;
    put(connection, draft, now).await?;
    if manner.prune {
        prune(connection, draft, now).await?;
    }
    let after = declared::snapshot(connection, &draft.id).await?;
    Ok(changes::between(&draft.id, &before, &after))
}

/// Something in the store is in the way: a fault of the declaration, not a failure of the store.
fn clash(draft: &Draft, error: sqlx::Error) -> Result<Result<Vec<Change>, Undone>, sqlx::Error> {
    let kind = error
        .as_database_error()
        .map(sqlx::error::DatabaseError::kind);
    let what = match kind {
        Some(sqlx::error::ErrorKind::UniqueViolation) => {
            "something declared is in the store already under another identifier (a group's name, a GUID, an entity ID)"
        }
        Some(sqlx::error::ErrorKind::ForeignKeyViolation) => {
            "something that would be removed is still referred to"
        }
        _ => return Err(error),
    };
    Ok(Err(Undone::Faults(vec![Fault {
        at: format!("organization[{}]", draft.id),
        what: what.to_owned(),
    }])))
}

/// Removes what the organization holds beyond its declaration.
async fn prune(connection: &mut Connection, draft: &Draft, now: i64) -> Result<(), sqlx::Error> {
    for what in removal::ORDER {
        let stays: Vec<&str> = match what {
            Removable::Account => draft.accounts.iter().map(|a| a.id.as_str()).collect(),
            Removable::IdentityProvider => draft
                .providers
                .iter()
                .map(|p| p.described.id.as_str())
                .collect(),
            Removable::Application => draft.parties().collect(),
            Removable::Person => draft.people.iter().map(|p| p.user.id.as_str()).collect(),
            Removable::Group => draft.groups.iter().map(|(id, _)| id.as_str()).collect(),
            Removable::ResourceServer => draft
                .resource_servers
                .iter()
                .map(|s| s.id.as_str())
                .collect(),
        };
        removal::remove_others(connection, &draft.id, (what, &stays, now)).await?;
    }
    Ok(())
}

async fn put_provider(
    connection: &mut Connection,
    organization: &str,
    provider: &Provider,
) -> Result<(), sqlx::Error> {
    let Provider { described, openid } = provider;
    let id = described.id.as_str();
    identity_providers::put(connection, organization, described).await?;
    if described.mapping.is_some() {
        // What is declared stands before what was registered by API.
        for protocol in [SAML, OPENID] {
            protocols::remove(connection, organization, (id, protocol)).await?;
        }
    }
    match openid {
        Some(openid) => openid_providers::put(connection, organization, (id, openid)).await,
        None => openid_providers::remove(connection, organization, id).await,
    }
}

async fn put_party(
    connection: &mut Connection,
    organization: &str,
    party: &Party,
) -> Result<(), sqlx::Error> {
    let id = &party.application.id;
    applications::put(connection, organization, &party.application).await?;
    for key in &party.keys {
        keys::retire_before(connection, key, key.signs_from + Rollover::OVERLAP).await?;
        keys::add(connection, key).await?;
    }
    match &party.jwt {
        Some(jwt) => jwt_applications::put(connection, organization, jwt).await?,
        None => jwt_applications::remove(connection, organization, id).await?,
    }
    match &party.oauth {
        Some(oauth) => oauth_applications::put(connection, organization, oauth).await,
        None => oauth_applications::remove(connection, organization, id).await,
    }
}

async fn put(connection: &mut Connection, draft: &Draft, now: i64) -> Result<(), sqlx::Error> {
    let organization = draft.id.as_str();
    let described = (draft.name.as_str(), draft.administrators.as_slice());
    organizations::put(connection, organization, described, now).await?;
    for (id, name) in &draft.groups {
        users::put_group(connection, organization, id, name).await?;
    }
    for person in &draft.people {
        users::put(
            connection,
            organization,
            (&person.user, &person.groups),
            now,
        )
        .await?;
        if person.ends_sessions {
            sessions::end_all_of(connection, organization, &person.user.id, now).await?;
            let federated = person.user.federation_id();
            federation_tokens::revoke_user(connection, organization, &federated, now).await?;
        }
        if person.forgets_recovery_codes {
            recovery_codes::replace(connection, (organization, &person.user.id), &[]).await?;
        }
    }
    for provider in &draft.providers {
        put_provider(connection, organization, provider).await?;
        let Provider { described, .. } = provider;
        if !described.enabled {
            federation_tokens::revoke_provider(connection, organization, &described.id, now)
                .await?;
        }
    }
    for party in &draft.applications {
        put_party(connection, organization, party).await?;
    }
    for server in &draft.resource_servers {
        crate::store::resource_servers::put(connection, organization, server).await?;
    }
    for account in &draft.accounts {
        accounts::put(connection, organization, account).await?;
    }
    sign_in_history::put_settings(connection, organization, draft.history.as_ref()).await?;
    for kind in Kind::ALL {
        let (all, fetched) = draft.sources(kind);
        metadata_sources::retain(connection, organization, (kind, &all, &fetched)).await?;
    }
    for source in &draft.metadata_sources {
        metadata_sources::put(connection, source).await?;
    }
    audit::append(connection, &draft.event).await
}
