//! The lab's PingFederate sign-in: `my-pf-baseurl`, for the people of `my-domain`.

use super::{SignInSystem, my_domain};
use crate::args::SignIn;
use server::config::{Door, Kind};

pub(super) const HOST: &str = "my-pf-baseurl";

pub(super) fn system() -> SignInSystem {
    SignInSystem {
        id: SignIn::Pingfederate,
        door: Door {
            domain: Some(my_domain::DOMAIN.to_owned()),
            ..Door::new(Kind::PingFederate, my_domain::ORGANIZATION, HOST)
        },
        groups_attribute: "memberOf",
        user_attribute: None,
    }
}
