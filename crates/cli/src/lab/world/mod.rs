//! This module owns who and what exists in the lab, one file per system; it does not start anything.

mod acme;
mod adfs;
pub(super) mod cess;
mod entra;
mod horacius;
mod huawei;
mod my_domain;
mod pingfederate;
mod storagegrid;

use crate::args::SignIn;
use anyhow::{Context, Result, anyhow};
pub(super) use horacius::Secrets;
use identity::declare::{Declaration, IdentityProvider};
use identity::{Moment, Service};
pub(super) use my_domain::{ORGANIZATION as PEOPLE, Person, people, totp_secret};
use server::config::Door;
use server::doors::entity::Entity;

/// Every host name that the lab's certificates are for.
pub(super) const HOSTS: &[&str] = &[
    storagegrid::HOST,
    adfs::HOST,
    pingfederate::HOST,
    entra::HOST,
    horacius::HOST,
    cess::HOST,
    huawei::HOST,
    acme::HOST,
];

/// The lab's doors.
pub(super) fn doors() -> Vec<Door> {
    let mut doors = vec![
        storagegrid::door(),
        horacius::door(),
        huawei::door(),
        acme::door(),
    ];
    doors.extend(sign_in_systems().into_iter().map(|system| system.door));
    doors
}

/// The accounts of StorageGRID's door.
pub(super) fn accounts() -> Vec<&'static str> {
    storagegrid::ACCOUNTS
        .iter()
        .map(|(account, _)| *account)
        .collect()
}

/// A place where the people of `my-domain` sign in, and what must be known to believe it.
struct SignInSystem {
    /// How it is chosen, and what StorageGRID calls it.
    id: SignIn,
    door: Door,
    /// The attribute in which it sends a person's groups.
    groups_attribute: &'static str,
    /// The attribute in which it sends a person's name, if that is not the NameID.
    user_attribute: Option<&'static str>,
}

fn sign_in_systems() -> Vec<SignInSystem> {
    vec![adfs::system(), pingfederate::system(), entra::system()]
}

/// Who and what is drawn at random or chosen for each lab.
pub(super) struct Cast<'a> {
    /// People of `my-domain`.
    pub(super) people: &'a [Person],
    /// What applications share with HORACIUS's door.
    pub(super) secrets: &'a Secrets,
    /// Base32 secret of the gateway's holder.
    pub(super) holder_totp: &'a str,
}

/// Declares everything: organizations, people, accounts, and each side's metadata to the other.
pub(super) async fn declare(
    service: &Service,
    moment: &Moment,
    sign_in: SignIn,
    cast: &Cast<'_>,
) -> Result<()> {
    let relying = [
        metadata(service, moment, &storagegrid::door()).await?,
        metadata(service, moment, &huawei::door()).await?,
        metadata_of(service, moment, Entity::partner_of(&horacius::door())).await?,
    ];
    let mut providers = Vec::new();
    for system in sign_in_systems() {
        providers.push(provider(service, moment, &system).await?);
    }
    let comercial = Some(horacius::before_the_grid());
    providers.push(IdentityProvider {
        id: horacius::ORGANIZATION.to_owned(),
        metadata: Some(metadata_of(service, moment, comercial).await?),
        groups_attribute: Some("memberOf".to_owned()),
        ..IdentityProvider::default()
    });
    // One partner is enough to show how somebody comes in through one.
    let partner = provider(service, moment, &adfs::system()).await?;
    let grid = relying[0].clone();
    let mut organization = vec![
        my_domain::organization(cast.people, relying),
        storagegrid::organization(providers, sign_in),
        horacius::organization(cast.secrets, (partner, grid)),
        huawei::organization(metadata(service, moment, &acme::door()).await?),
    ];
    organization.extend(cess::organizations(cast.holder_totp));
    service
        .declare(moment, &Declaration { organization })
        .await?
        .map(|_| ())
        .map_err(|faults| {
            let listed: Vec<String> = faults
                .iter()
                .map(|fault| format!("{}: {}", fault.at, fault.what))
                .collect();
            anyhow!("the lab's own declaration is faulty: {}", listed.join("; "))
        })
}

/// A sign-in system, as whoever trusts it declares it.
async fn provider(
    service: &Service,
    moment: &Moment,
    system: &SignInSystem,
) -> Result<IdentityProvider> {
    Ok(IdentityProvider {
        id: system.id.name().to_owned(),
        metadata: Some(metadata(service, moment, &system.door).await?),
        enabled: Some(true),
        groups_attribute: Some(system.groups_attribute.to_owned()),
        user_attribute: system.user_attribute.map(str::to_owned),
        ..IdentityProvider::default()
    })
}

async fn metadata(service: &Service, moment: &Moment, door: &Door) -> Result<String> {
    metadata_of(service, moment, Entity::of(door))
        .await
        .with_context(|| format!("metadata of {}", door.hosts[0]))
}

async fn metadata_of(service: &Service, moment: &Moment, entity: Option<Entity>) -> Result<String> {
    let entity = entity.context("a door of the lab is no SAML entity")?;
    entity.ensure(service, moment).await?;
    Ok(entity.metadata(service, moment).await?)
}
