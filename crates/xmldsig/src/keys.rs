//! Keys: the ones that verify, and the ones that sign for one purpose only.

use crate::algorithms::SignatureAlgorithm;
use crate::error::{KeyError, SignatureError};
use std::marker::PhantomData;

/// What a signing key may sign. Two purposes never share a key: a signature made for one can then not be replayed as another
/// (a signed metadata document was once accepted as an assertion, CVE-2024-6800).
pub trait Purpose: Send + Sync + 'static {
    /// The name under which the key is kept.
    const NAME: &'static str;
}

macro_rules! purposes {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub enum $name {}
        impl Purpose for $name { const NAME: &'static str = $text; }
    )*};
}
purposes! {
    /// Responses and assertions of an identity provider.
    Assertions = "assertions";
    /// LogoutRequests and LogoutResponses of an identity provider.
    Logout = "logout";
    /// AuthnRequests, LogoutRequests and LogoutResponses of a service provider.
    Requests = "requests";
    /// Metadata documents.
    Metadata = "metadata";
}

/// A peer's public key, parsed once.
#[derive(Debug, Clone)]
pub struct VerifyingKey {
    _todo: (),
}

impl VerifyingKey {
    /// The key of a certificate (DER). Its validity dates are not judged: in SAML the configuration vouches, not a chain.
    pub fn from_certificate(_der: &[u8]) -> Result<Self, KeyError> {
        todo!()
    }

    /// Verifies `signature` over `message` (detached, as the redirect binding does).
    pub fn verify(&self, _algorithm: SignatureAlgorithm, _message: &[u8], _signature: &[u8]) -> Result<(), SignatureError> {
        todo!()
    }
}

/// A private key with its certificate, bound to one purpose.
pub struct SigningKey<P: Purpose> {
    _purpose: PhantomData<P>,
}

impl<P: Purpose> SigningKey<P> {
    /// From PKCS#8 (DER) and the certificate that publishes it (DER).
    pub fn from_pkcs8(_pkcs8: &[u8], _certificate: Vec<u8>) -> Result<Self, KeyError> {
        todo!()
    }

    /// The certificate (DER) that belongs to it.
    pub fn certificate(&self) -> &[u8] {
        todo!()
    }

    /// The algorithm this key signs with unless told otherwise: RSA-SHA256, ECDSA-SHA256 or ECDSA-SHA384.
    pub fn default_algorithm(&self) -> SignatureAlgorithm {
        todo!()
    }

    /// Signs `message` (detached). The algorithm must fit the key.
    pub fn sign(&self, _algorithm: SignatureAlgorithm, _message: &[u8]) -> Result<Vec<u8>, KeyError> {
        todo!()
    }
}

/// A new RSA-2048 private key as PKCS#8 (DER).
pub fn generate_rsa_2048() -> Vec<u8> {
    todo!()
}
