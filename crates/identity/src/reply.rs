//! How one relying party is answered, where an operator wants something else than the door's own way.
//!
//! This module owns the form in which that is kept (JSON, in the application's row) and what it means; how it is declared
//! and judged stands in `declare`.

use crate::entities::{IdentityProvider, NameIdSource};
use crate::guard;
use crate::keys::Holder;
use saml::issue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use xmldsig::algorithms::{DigestAlgorithm, Method, SignatureAlgorithm};
use xmldsig::keys::{Purpose, Sha1, SigningKey, VerifyingKey};

/// What was set for a relying party; none of a field leaves it to the door.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Reply {
    /// What is signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed: Option<Signed>,
    /// With which algorithm; also that of requests which do not name theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature_algorithm: Option<Signature>,
    /// The digest inside the signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest_algorithm: Option<Digest>,
    /// What stands in the NameID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_id: Option<NameIdSource>,
    /// What the NameID is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_id_format: Option<String>,
    /// The attributes that are told, by the name under which.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<BTreeMap<String, Source>>,
    /// Whether assertions are encrypted.
    pub encrypt: bool,
    /// Whether it is answered with keys of its own, and not with those of the door.
    pub own_keys: bool,
}

/// What is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signed {
    /// The assertion.
    Assertion,
    /// The response around it.
    Response,
    /// Both.
    Both,
}

/// A signature algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signature {
    /// RSA with SHA-256.
    RsaSha256,
    /// RSA with SHA-384.
    RsaSha384,
    /// RSA with SHA-512.
    RsaSha512,
    /// ECDSA with SHA-256 on P-256.
    EcdsaSha256,
    /// ECDSA with SHA-384 on P-384.
    EcdsaSha384,
    /// RSA with SHA-1.
    RsaSha1,
}

/// A digest algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Digest {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// SHA-1.
    Sha1,
}

/// What an attribute says of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The user principal name (`user@domain`).
    PrincipalName,
    /// The user name without its domain.
    UserName,
    /// The e-mail address.
    Email,
    /// The full name.
    FullName,
    /// The groups.
    Groups,
    /// The GUID, as text.
    Guid,
}

impl Reply {
    /// The door as this party sees it.
    pub(crate) fn face(&self, entity: &IdentityProvider) -> IdentityProvider {
        IdentityProvider {
            signed: self.signed.map_or(entity.signed, Signed::issued),
            name_id: self.name_id.unwrap_or(entity.name_id),
            ..entity.clone()
        }
    }

    /// Whose keys sign for this party.
    pub(crate) fn holder(&self, entity: &IdentityProvider, application: &str) -> Holder {
        if self.own_keys {
            Holder::application(&entity.organization, application)
        } else {
            Holder::door(&entity.organization, &entity.door)
        }
    }

    /// How `key` signs for this party: as it was set, as far as the key can; a key of another kind that followed it signs in
    /// its own way.
    pub(crate) fn method<P: Purpose>(&self, key: &SigningKey<P>) -> Method {
        let wanted = self.signature_algorithm.map(Signature::algorithm);
        let signature = wanted
            .filter(|algorithm| key.fits(*algorithm))
            .unwrap_or_else(|| key.default_algorithm());
        let method = Method::from(signature);
        Method {
            digest: self
                .digest_algorithm
                .map_or(method.digest, Digest::algorithm),
            ..method
        }
    }

    /// The algorithm of the party's own messages that do not name theirs: HORACIUS's document signs requests so, and its
    /// settings say how.
    pub(crate) fn default_algorithm(&self) -> SignatureAlgorithm {
        self.signature_algorithm
            .map_or(SignatureAlgorithm::RsaSha256, Signature::algorithm)
    }

    /// The party's keys, of which SHA-1 is believed exactly where it is set for the party.
    pub(crate) fn believed<'k>(&self, keys: &'k [VerifyingKey]) -> Cow<'k, [VerifyingKey]> {
        let weakened = !guard::stands("sig.algorithm");
        if !self.is_legacy() && !weakened {
            return Cow::Borrowed(keys);
        }
        let signature = self.default_algorithm();
        let digest = self
            .digest_algorithm
            .map_or(Method::from(signature).digest, Digest::algorithm);
        let sha1 = Sha1 {
            signatures: weakened || signature == SignatureAlgorithm::RsaSha1,
            digests: weakened || digest == DigestAlgorithm::Sha1,
        };
        keys.iter().map(|key| key.clone().believing(sha1)).collect()
    }

    /// Whether SHA-1 is used.
    pub fn is_legacy(&self) -> bool {
        self.signature_algorithm == Some(Signature::RsaSha1)
            || self.digest_algorithm == Some(Digest::Sha1)
    }
}

impl Signed {
    fn issued(self) -> issue::Signed {
        match self {
            Self::Assertion => issue::Signed::Assertion,
            Self::Response => issue::Signed::Response,
            Self::Both => issue::Signed::Both,
        }
    }
}

impl Signature {
    /// As `xmldsig` has it.
    pub(crate) fn algorithm(self) -> SignatureAlgorithm {
        match self {
            Self::RsaSha256 => SignatureAlgorithm::RsaSha256,
            Self::RsaSha384 => SignatureAlgorithm::RsaSha384,
            Self::RsaSha512 => SignatureAlgorithm::RsaSha512,
            Self::EcdsaSha256 => SignatureAlgorithm::EcdsaSha256,
            Self::EcdsaSha384 => SignatureAlgorithm::EcdsaSha384,
            Self::RsaSha1 => SignatureAlgorithm::RsaSha1,
        }
    }
}

impl Digest {
    fn algorithm(self) -> DigestAlgorithm {
        match self {
            Self::Sha256 => DigestAlgorithm::Sha256,
            Self::Sha384 => DigestAlgorithm::Sha384,
            Self::Sha512 => DigestAlgorithm::Sha512,
            Self::Sha1 => DigestAlgorithm::Sha1,
        }
    }
}
