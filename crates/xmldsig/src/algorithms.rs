//! The algorithm identifiers that exist here; everything else is refused.

use aws_lc_rs::digest::{Digest, digest};

/// A signature algorithm (XML Signature 1.1 §6.4, RFC 9231 §2.3). There is no HMAC: a public key can never become a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaSha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsaSha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsaSha512,
    /// ECDSA with SHA-256 on P-256.
    EcdsaSha256,
    /// ECDSA with SHA-384 on P-384.
    EcdsaSha384,
    /// RSASSA-PKCS1-v1_5 with SHA-1: signs and verifies where an operator switched it on for a party that knows nothing else
    /// (HORACIUS's settings name it; see [`crate::keys::Sha1`]), and nowhere else.
    RsaSha1,
}

impl SignatureAlgorithm {
    /// The identifier on the wire.
    pub fn uri(self) -> &'static str {
        match self {
            SignatureAlgorithm::RsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            SignatureAlgorithm::RsaSha384 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
            SignatureAlgorithm::RsaSha512 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
            SignatureAlgorithm::EcdsaSha256 => {
                "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
            }
            SignatureAlgorithm::EcdsaSha384 => {
                "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"
            }
            SignatureAlgorithm::RsaSha1 => "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        }
    }

    /// The algorithm of that exact identifier. Whether SHA-1 is believed is for each key to say.
    pub fn from_uri(uri: &str) -> Option<Self> {
        [
            Self::RsaSha256,
            Self::RsaSha384,
            Self::RsaSha512,
            Self::EcdsaSha256,
            Self::EcdsaSha384,
            Self::RsaSha1,
        ]
        .into_iter()
        .find(|a| a.uri() == uri)
    }
}

/// A digest algorithm (XML Signature 1.1 §6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DigestAlgorithm {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// SHA-1: as [`SignatureAlgorithm::RsaSha1`].
    Sha1,
}

impl DigestAlgorithm {
    /// The identifier on the wire.
    pub fn uri(self) -> &'static str {
        match self {
            DigestAlgorithm::Sha256 => "http://www.w3.org/2001/04/xmlenc#sha256",
            DigestAlgorithm::Sha384 => "http://www.w3.org/2001/04/xmldsig-more#sha384",
            DigestAlgorithm::Sha512 => "http://www.w3.org/2001/04/xmlenc#sha512",
            DigestAlgorithm::Sha1 => "http://www.w3.org/2000/09/xmldsig#sha1",
        }
    }

    /// The algorithm of that exact identifier. Whether SHA-1 is believed is for each key to say.
    pub fn from_uri(uri: &str) -> Option<Self> {
        [Self::Sha256, Self::Sha384, Self::Sha512, Self::Sha1]
            .into_iter()
            .find(|a| a.uri() == uri)
    }

    pub(crate) fn digest(self, bytes: &[u8]) -> Digest {
        let algorithm = match self {
            DigestAlgorithm::Sha256 => &aws_lc_rs::digest::SHA256,
            DigestAlgorithm::Sha384 => &aws_lc_rs::digest::SHA384,
            DigestAlgorithm::Sha512 => &aws_lc_rs::digest::SHA512,
            DigestAlgorithm::Sha1 => &aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY,
        };
        digest(algorithm, bytes)
    }
}

/// How to sign: with which algorithm, and which digest inside the signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// Of the signature.
    pub signature: SignatureAlgorithm,
    /// Of the content.
    pub digest: DigestAlgorithm,
}

impl From<SignatureAlgorithm> for Method {
    /// The digest is as strong as the hash inside the signature.
    fn from(signature: SignatureAlgorithm) -> Self {
        let digest = match signature {
            SignatureAlgorithm::RsaSha256 | SignatureAlgorithm::EcdsaSha256 => {
                DigestAlgorithm::Sha256
            }
            SignatureAlgorithm::RsaSha384 | SignatureAlgorithm::EcdsaSha384 => {
                DigestAlgorithm::Sha384
            }
            SignatureAlgorithm::RsaSha512 => DigestAlgorithm::Sha512,
            SignatureAlgorithm::RsaSha1 => DigestAlgorithm::Sha1,
        };
        Self { signature, digest }
    }
}

/// The namespace of XML Signature.
pub(crate) const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
/// Exclusive C14N without comments, as an algorithm and as the namespace of InclusiveNamespaces.
pub(crate) const EXCLUSIVE_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// The transform that takes the signature out of what it signs.
pub(crate) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
