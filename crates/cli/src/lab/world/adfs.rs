//! The lab's AD FS sign-in: `adfs.example.com`, for the people of `my-domain`.

use super::{SignInSystem, my_domain};
use crate::args::SignIn;
use server::config::{Door, Kind};

pub(super) const HOST: &str = "adfs.example.com";

pub(super) fn system() -> SignInSystem {
    SignInSystem {
        id: SignIn::Adfs,
        door: Door {
            domain: Some(my_domain::DOMAIN.to_owned()),
            ..Door::new(Kind::AdFs, my_domain::ORGANIZATION, HOST)
        },
        groups_attribute: "http://schemas.xmlsoap.org/claims/Group",
        // The NameID of AD FS is a GUID, which says nothing to people.
        user_attribute: Some("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"),
    }
}
