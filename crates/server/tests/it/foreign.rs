//! An identity provider that is not ours, from the tests of crate `saml`: its keys, its hand, and its bad responses.

#[path = "../../../saml/tests/mutations/mod.rs"]
pub(crate) mod mutations;
#[path = "../../../saml/tests/it/support/pair.rs"]
pub(crate) mod pair;
#[path = "../../../saml/tests/it/support/signing.rs"]
mod signing;

use pair::Pair;
use saml::metadata::{Endpoint, EntityDescriptor, Role};
use saml::names;

/// The other side, and somebody who poses as it.
pub(crate) struct Foreign {
    pub(crate) provider: Pair,
    pub(crate) stranger: Pair,
}

impl Foreign {
    pub(crate) const ENTITY_ID: &str = "https://idp.foreign.example/idp";

    pub(crate) fn new() -> Self {
        Self {
            provider: Pair::generate(),
            stranger: Pair::generate(),
        }
    }

    pub(crate) fn sign(&self, xml: &str, id: &str) -> String {
        signing::sign(xml, id, &self.provider)
    }

    pub(crate) fn sign_as_stranger(&self, xml: &str, id: &str) -> String {
        signing::sign(xml, id, &self.stranger)
    }

    pub(crate) fn metadata(&self) -> String {
        let role = Role {
            signing: vec![self.provider.certificate.clone()],
            single_sign_on: vec![Endpoint {
                binding: names::REDIRECT.to_owned(),
                location: "https://idp.foreign.example/sso".to_owned(),
                response_location: None,
                index: None,
                is_default: false,
            }],
            ..Role::default()
        };
        let descriptor = EntityDescriptor {
            entity_id: Self::ENTITY_ID.to_owned(),
            identity_provider: Some(role),
            ..EntityDescriptor::default()
        };
        descriptor.to_xml("_metadata", None).unwrap()
    }
}
