//! The lab's AD FS sign-in: `adfs.example.com`, for the people of `my-domain`.

use super::my_domain;
use server::config::{Door, Kind};

pub(super) const HOST: &str = "adfs.example.com";
/// What StorageGRID calls it.
pub(super) const PROVIDER: &str = "adfs";
/// The claim type that AD FS issues for group membership.
pub(super) const GROUPS_CLAIM: &str = "http://schemas.xmlsoap.org/claims/Group";

pub(super) fn door() -> Door {
    Door {
        kind: Kind::AdFs,
        organization: my_domain::ORGANIZATION.to_owned(),
        hosts: vec![HOST.to_owned()],
        port: None,
        entity_id: None,
        domain: Some(my_domain::DOMAIN.to_owned()),
        directory: None,
    }
}
