//! Our own SAML entities at the doors, as configuration describes them. Doors build these at start and pass them in.

use saml::issue::{Prefixes, Signed};

/// We, as a service provider, at one door of one organization.
#[derive(Debug, Clone)]
pub struct ServiceProvider {
    /// Organization that owns the door.
    pub organization: String,
    /// Name of the door, such as `storagegrid`: names its keys.
    pub door: String,
    /// Our entity ID.
    pub entity_id: String,
    /// Our AssertionConsumerService URLs; the first stands in requests and metadata, the others are accepted as Recipient.
    pub acs: Vec<String>,
    /// Our consumer URLs for clients that speak PAOS; none where the door has no such thing.
    pub paos: Vec<String>,
    /// Our SingleLogoutService URLs; the first stands in metadata.
    pub slo: Vec<String>,
    /// Whether our metadata has a key to encrypt to, and encrypted assertions are opened.
    pub takes_encrypted: bool,
}

/// How the tokens of a federation look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenFormat {
    /// A JWT that services of the cloud can verify themselves.
    #[default]
    Signed,
    /// Random characters that mean nothing to anybody but us.
    Opaque,
}

/// We, as a cloud's federation, at one door of one domain.
#[derive(Debug, Clone)]
pub struct Federation {
    /// We, as a service provider. The organization is the domain; the entity ID is the issuer of signed tokens.
    pub provider: ServiceProvider,
    /// How new tokens look. Those of the other format stay good until they expire.
    pub format: TokenFormat,
}

/// What stands in the NameID that we issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameIdSource {
    /// Base64 of the sixteen bytes of the person's GUID (AD FS with objectGUID).
    Guid,
    /// The user principal name (`user@domain`).
    PrincipalName,
    /// The e-mail address; the user principal name where there is none.
    Email,
}

/// How the attributes that we issue are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Claim types as AD FS and Entra write them (`http://schemas.xmlsoap.org/…`), groups included.
    Claims,
    /// Plain names (`memberOf`, `mail`), as PingFederate's attribute contracts have them.
    Plain,
}

/// We, as an identity provider, at one sign-in door of one organization.
#[derive(Debug, Clone)]
pub struct IdentityProvider {
    /// Organization that keeps the people.
    pub organization: String,
    /// Name of the door, such as `adfs`: names its keys and its sessions.
    pub door: String,
    /// Our entity ID.
    pub entity_id: String,
    /// Our SingleSignOnService URLs; the first stands in metadata, all are accepted as Destination.
    pub sso: Vec<String>,
    /// Our SingleSignOnService URLs by SOAP, for enhanced clients; none where the door has no such thing.
    pub soap: Vec<String>,
    /// Our SingleLogoutService URLs; the first stands in metadata, all are accepted as Destination.
    pub slo: Vec<String>,
    /// What to sign.
    pub signed: Signed,
    /// Prefix family of what we write.
    pub prefixes: Prefixes,
    /// What stands in the NameID.
    pub name_id: NameIdSource,
    /// How attributes are called.
    pub dialect: Dialect,
    /// Order of redirect parameters in our answers.
    pub order: saml::bindings::redirect::Order,
    /// The domain that a bare user name belongs to (`my-domain`), where the door takes bare names.
    pub default_domain: Option<String>,
}
