//! The lab's ACME: the sign-in at `idp.example.org`, where the people of `my-domain` begin a sign-on to the cloud.

use super::my_domain;
use server::config::{Door, Kind};

pub(super) const HOST: &str = "idp.example.org";

pub(super) fn door() -> Door {
    Door {
        domain: Some(my_domain::DOMAIN.to_owned()),
        ..Door::new(Kind::Shibboleth, my_domain::ORGANIZATION, HOST)
    }
}
