//! The lab's PingFederate sign-in: `my-pf-baseurl`, for the people of `my-domain`.

use super::{SignInSystem, my_domain};
use crate::args::SignIn;
use server::config::{Door, Kind};

pub(super) const HOST: &str = "my-pf-baseurl";

pub(super) fn system() -> SignInSystem {
    SignInSystem {
        id: SignIn::Pingfederate,
        door: Door {
            kind: Kind::PingFederate,
            organization: my_domain::ORGANIZATION.to_owned(),
            hosts: vec![HOST.to_owned()],
            port: None,
            entity_id: None,
            domain: Some(my_domain::DOMAIN.to_owned()),
            directory: None,
        },
        groups_attribute: "memberOf",
        user_attribute: None,
    }
}
