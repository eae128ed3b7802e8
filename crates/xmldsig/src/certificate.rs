//! The certificates that carry public keys. Their dates and chains are never judged: in SAML the configuration vouches, not a
//! chain; what they say is for operators to read.

use crate::error::KeyError;
use aws_lc_rs::digest::{SHA256, digest};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

/// What a certificate says, for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Kind and size of its key: `rsa-2048`, `p-256`, `p-384`.
    pub algorithm: String,
    /// notAfter, in seconds since 1970.
    pub not_after: i64,
}

/// Reads a certificate (DER).
pub fn facts(der: &[u8]) -> Result<Facts, KeyError> {
    let certificate = read_certificate(der)?;
    let algorithm = match certificate.public_key().parsed() {
        // `key_size` counts whole bytes, without the sign.
        Ok(PublicKey::RSA(key)) => format!("rsa-{}", key.key_size()),
        Ok(PublicKey::EC(point)) => format!("p-{}", point.key_size()),
        _ => return Err(KeyError::Unreadable("the public key of the certificate")),
    };
    Ok(Facts {
        algorithm,
        not_after: certificate.validity().not_after.timestamp(),
    })
}

/// SHA-256 of a certificate (DER): how `openssl x509 -fingerprint` and other products name it.
pub fn fingerprint(der: &[u8]) -> [u8; 32] {
    digest(&SHA256, der)
        .as_ref()
        .try_into()
        .expect("SHA-256 has 32 bytes")
}

/// The certificate, and nothing after it.
pub(crate) fn read_certificate(der: &[u8]) -> Result<X509Certificate<'_>, KeyError> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Ok(certificate),
        _ => Err(KeyError::Unreadable("the certificate")),
    }
}
