//! The lab's StorageGRID: `storagegrid.example.com`, a grid with tenant accounts behind single sign-on.

use super::{horacius, my_domain};
use crate::args::SignIn;
use identity::declare::{Account, IdentityProvider, Organization};
use server::config::{Door, Kind};

pub(super) const HOST: &str = "storagegrid.example.com";
const ORGANIZATION: &str = "grid";

/// The accounts, and the provider that each signs in through; none means the one that `--sign-in` names.
pub(super) const ACCOUNTS: &[(&str, Option<&str>)] = &[
    ("0", None),
    ("12345", None),
    ("67890", Some(SignIn::Pingfederate.name())),
    ("24680", Some(SignIn::Entra.name())),
    // Its people are those of the organization `comercial`, one of whose applications the grid is.
    ("13579", Some(horacius::ORGANIZATION)),
];

pub(super) fn door() -> Door {
    Door::new(Kind::StorageGrid, ORGANIZATION, HOST)
}

pub(super) fn organization(
    identity_provider: Vec<IdentityProvider>,
    sign_in: SignIn,
) -> Organization {
    let account = ACCOUNTS
        .iter()
        .map(|(id, through)| Account {
            id: (*id).to_owned(),
            name: Some(if *id == "0" {
                "Grid".to_owned()
            } else {
                format!("Tenant {id}")
            }),
            admits: vec![my_domain::ADMITTED.to_owned()],
            identity_provider: Some(through.unwrap_or(sign_in.name()).to_owned()),
            ..Account::default()
        })
        .collect();
    Organization {
        id: ORGANIZATION.to_owned(),
        name: Some("StorageGRID".to_owned()),
        account,
        identity_provider,
        ..Organization::default()
    }
}
