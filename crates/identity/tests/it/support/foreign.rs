//! An identity provider that is not ours: a key, metadata, and whatever responses a test wants from it.

use super::World;
use identity::declare::IdentityProvider;
use jiff::{SignedDuration, Timestamp};
use saml::issue::{self, Form, Grant, Prefixes, Signed};
use saml::messages::{Attribute, NameId};
use saml::metadata::{Endpoint, EntityDescriptor, Role};
use saml::names;
use xmldsig::generate::KeyAlgorithm;
use xmldsig::keys::{Assertions, SigningKey};

/// The other side.
pub(crate) struct Foreign {
    pub(crate) entity_id: &'static str,
    key: SigningKey<Assertions>,
}

/// What a response says; everything else is as it should be.
#[derive(Clone)]
pub(crate) struct Said<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) acs: &'a str,
    pub(crate) audience: &'a str,
    pub(crate) in_response_to: Option<&'a str>,
    pub(crate) name_id: &'a str,
    pub(crate) attributes: Vec<(&'a str, &'a str)>,
    /// When it was made.
    pub(crate) at: Timestamp,
}

impl Foreign {
    pub(crate) fn new(entity_id: &'static str) -> Self {
        let pkcs8 = KeyAlgorithm::P256.generate();
        let pair = rcgen::KeyPair::try_from(pkcs8.as_slice()).unwrap();
        let certificate = rcgen::CertificateParams::default()
            .self_signed(&pair)
            .unwrap()
            .der()
            .to_vec();
        let key = SigningKey::from_pkcs8(&pkcs8, certificate).unwrap();
        Self { entity_id, key }
    }

    /// As an organization declares it.
    pub(crate) fn declared(&self, id: &str) -> IdentityProvider {
        let descriptor = EntityDescriptor {
            entity_id: self.entity_id.to_owned(),
            identity_provider: Some(Role {
                signing: vec![self.key.certificate().to_vec()],
                single_sign_on: vec![Endpoint {
                    binding: names::REDIRECT.to_owned(),
                    location: "https://foreign.example/sso".to_owned(),
                    response_location: None,
                    index: None,
                    is_default: false,
                }],
                ..Role::default()
            }),
            ..EntityDescriptor::default()
        };
        IdentityProvider {
            id: id.to_owned(),
            metadata: Some(descriptor.to_xml("_metadata", None).unwrap()),
            allow_unsolicited: true,
            ..IdentityProvider::default()
        }
    }

    /// What a good response for `world` says.
    pub(crate) fn good<'a>(&self, world: &'a World) -> Said<'a> {
        Said {
            issuer: self.entity_id,
            acs: &world.sp.acs[0],
            audience: &world.sp.entity_id,
            in_response_to: None,
            name_id: "somebody",
            attributes: vec![("memberOf", "admins")],
            at: world.moment.now,
        }
    }

    /// A response that says so, as XML, each with identifiers of its own.
    pub(crate) fn respond(&self, said: &Said<'_>) -> String {
        let unique = uuid::Uuid::from_bytes(
            aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &KeyAlgorithm::P256.generate())
                .as_ref()[..16]
                .try_into()
                .unwrap(),
        );
        let name_id = NameId {
            value: said.name_id.to_owned(),
            format: None,
            name_qualifier: None,
            sp_name_qualifier: None,
        };
        let attributes: Vec<Attribute> = said
            .attributes
            .iter()
            .map(|(name, value)| Attribute {
                name: (*name).to_owned(),
                friendly_name: None,
                values: vec![(*value).to_owned()],
            })
            .collect();
        let grant = Grant {
            response_id: &format!("_r{unique}"),
            assertion_id: &format!("_a{unique}"),
            issuer: said.issuer,
            acs: said.acs,
            audience: said.audience,
            in_response_to: said.in_response_to,
            name_id: &name_id,
            session_index: "_s",
            authn_instant: said.at,
            class_ref: names::PASSWORD_PROTECTED_TRANSPORT,
            session_not_on_or_after: None,
            attributes: &attributes,
            now: said.at,
            valid_for: SignedDuration::from_mins(5),
        };
        let form = Form {
            signed: Signed::Assertion,
            method: self.key.default_algorithm().into(),
            prefixes: Prefixes::Short,
            key: &self.key,
        };
        issue::response(&grant, form).unwrap()
    }
}
