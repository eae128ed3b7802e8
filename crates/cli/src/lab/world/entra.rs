//! The lab's Entra ID sign-in: `entra.example.com`, a directory for the people of `my-domain`.

use super::{SignInSystem, my_domain};
use crate::args::SignIn;
use server::config::{Door, Kind};

pub(super) const HOST: &str = "entra.example.com";
const DIRECTORY: &str = "11111111-2222-4333-8444-555555555555";

pub(super) fn system() -> SignInSystem {
    SignInSystem {
        id: SignIn::Entra,
        door: Door {
            domain: Some(my_domain::DOMAIN.to_owned()),
            directory: Some(DIRECTORY.to_owned()),
            ..Door::new(Kind::Entra, my_domain::ORGANIZATION, HOST)
        },
        groups_attribute: "http://schemas.xmlsoap.org/claims/Group",
        user_attribute: None,
    }
}
