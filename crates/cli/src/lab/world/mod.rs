//! This module owns who and what exists in the lab, one file per system; it does not start anything.

mod adfs;
mod my_domain;
mod storagegrid;

use crate::args::SignIn;
use anyhow::{Context, Result, anyhow, bail};
use identity::declare::{Declaration, IdentityProvider};
use identity::{Moment, Service};
pub(super) use my_domain::{Person, people};
use server::config::Door;
use server::doors::entity::Entity;

/// Every host name that the lab's certificates are for.
pub(super) const HOSTS: &[&str] = &[storagegrid::HOST, adfs::HOST];

/// The lab's doors.
pub(super) fn doors() -> Vec<Door> {
    vec![storagegrid::door(), adfs::door()]
}

/// The accounts of StorageGRID's door.
pub(super) fn accounts() -> Vec<&'static str> {
    storagegrid::ACCOUNTS
        .iter()
        .map(|(account, _)| *account)
        .collect()
}

/// Declares everything: organizations, people, accounts, and each side's metadata to the other.
pub(super) async fn declare(
    service: &Service,
    moment: &Moment,
    sign_in: SignIn,
    people: &[Person],
) -> Result<()> {
    let relying_party = metadata(service, moment, &storagegrid::door()).await?;
    let providers = vec![IdentityProvider {
        id: adfs::PROVIDER.to_owned(),
        metadata: Some(metadata(service, moment, &adfs::door()).await?),
        enabled: Some(true),
        groups_attribute: Some(adfs::GROUPS_CLAIM.to_owned()),
        ..IdentityProvider::default()
    }];
    let through = match sign_in {
        SignIn::Adfs => adfs::PROVIDER,
        SignIn::Pingfederate | SignIn::Entra => bail!("this lab has no {sign_in:?} yet"),
    };
    let organization = vec![
        my_domain::organization(people, relying_party),
        storagegrid::organization(providers, through),
    ];
    service
        .declare(moment, &Declaration { organization })
        .await?
        .map_err(|faults| {
            let listed: Vec<String> = faults
                .iter()
                .map(|fault| format!("{}: {}", fault.at, fault.what))
                .collect();
            anyhow!("the lab's own declaration is faulty: {}", listed.join("; "))
        })
}

async fn metadata(service: &Service, moment: &Moment, door: &Door) -> Result<String> {
    let entity = Entity::of(door);
    entity.ensure(service, moment).await?;
    entity
        .metadata(service, moment)
        .await
        .with_context(|| format!("metadata of {}", door.hosts[0]))
}
