//! Keys, each bound to one purpose.

use super::error::JwtError;
use super::purpose::{Es256, Hs256, Purpose};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    UnparsedPublicKey,
};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

/// Something that signs tokens of one purpose.
pub trait Signs<P: Purpose> {
    /// The name of the key, where keys have names.
    fn kid(&self) -> Option<&str>;
    /// The signature over `message`.
    fn sign(&self, message: &[u8]) -> Vec<u8>;
}

/// Something that verifies tokens of one purpose.
pub trait Verifies<P: Purpose> {
    /// Judges the name of a key and the signature over `message`.
    fn verify(&self, kid: Option<&str>, message: &[u8], signature: &[u8]) -> Result<(), JwtError>;
}

/// Why something is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A shared secret below 256 bits (RFC 7518 §3.2).
    #[error("a shared secret must hold at least 32 bytes")]
    Short,
    /// Not a P-256 key.
    #[error("not a P-256 key")]
    Malformed,
    /// A name outside `[A-Za-z0-9_-]{1,64}`.
    #[error("a key's name must be 1 to 64 letters, digits, hyphens and underscores")]
    Name,
}

/// The bytes of a secret that has the strength of HMAC-SHA-256.
const SHORTEST: usize = 32;

/// A secret that an application shares with us.
pub struct SharedSecret<P: Purpose<Algorithm = Hs256>> {
    key: hmac::Key,
    purpose: PhantomData<P>,
}

impl<P: Purpose<Algorithm = Hs256>> SharedSecret<P> {
    /// Over the bytes of the secret, of which there must be 32 (RFC 7518 §3.2).
    pub fn new(secret: &[u8]) -> Result<Self, KeyError> {
        if secret.len() < SHORTEST {
            return Err(KeyError::Short);
        }
        Self::of_any_length(secret)
    }

    /// Over a secret that an application brought along, however short: what it verifies with is not ours to choose. An empty one
    /// is none.
    pub fn of_any_length(secret: &[u8]) -> Result<Self, KeyError> {
        if secret.is_empty() {
            return Err(KeyError::Short);
        }
        Ok(Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, secret),
            purpose: PhantomData,
        })
    }
}

impl<P: Purpose<Algorithm = Hs256>> fmt::Debug for SharedSecret<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret(…)")
    }
}

impl<P: Purpose<Algorithm = Hs256>> Signs<P> for SharedSecret<P> {
    fn kid(&self) -> Option<&str> {
        None
    }
    fn sign(&self, message: &[u8]) -> Vec<u8> {
        hmac::sign(&self.key, message).as_ref().to_vec()
    }
}

impl<P: Purpose<Algorithm = Hs256>> Verifies<P> for SharedSecret<P> {
    fn verify(&self, kid: Option<&str>, message: &[u8], signature: &[u8]) -> Result<(), JwtError> {
        // There is one secret and it has no name: a token that names one is not ours.
        JwtError::Key.unless(kid.is_none())?;
        JwtError::Signature.unless(hmac::verify(&self.key, message, signature).is_ok())
    }
}

/// A P-256 key pair.
pub struct KeyPair<P: Purpose<Algorithm = Es256>> {
    kid: String,
    pair: EcdsaKeyPair,
    purpose: PhantomData<P>,
}

impl<P: Purpose<Algorithm = Es256>> KeyPair<P> {
    /// From PKCS#8 (DER), with an opaque name.
    pub fn from_pkcs8(kid: &str, pkcs8: &[u8]) -> Result<Self, KeyError> {
        Ok(Self {
            kid: name(kid)?,
            pair: pair(pkcs8)?,
            purpose: PhantomData,
        })
    }

    /// What others verify with.
    pub fn public(&self) -> PublicKey {
        PublicKey {
            kid: self.kid.clone(),
            point: point(&self.pair),
        }
    }
}

impl<P: Purpose<Algorithm = Es256>> fmt::Debug for KeyPair<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPair")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

impl<P: Purpose<Algorithm = Es256>> Signs<P> for KeyPair<P> {
    fn kid(&self) -> Option<&str> {
        Some(&self.kid)
    }
    fn sign(&self, message: &[u8]) -> Vec<u8> {
        // The library draws the nonce itself; no caller could make it repeat.
        let signature = self
            .pair
            .sign(&SystemRandom::new(), message)
            .expect("a parsed P-256 key signs any message");
        signature.as_ref().to_vec()
    }
}

/// A public P-256 key with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    pub(crate) kid: String,
    /// The uncompressed point: `04`, x, y.
    pub(crate) point: [u8; 65],
}

impl PublicKey {
    /// Of a key pair in PKCS#8 (DER), whatever its purpose.
    pub fn from_pkcs8(kid: &str, pkcs8: &[u8]) -> Result<Self, KeyError> {
        Ok(Self {
            kid: name(kid)?,
            point: point(&pair(pkcs8)?),
        })
    }
}

/// A new P-256 key pair in PKCS#8 (DER).
pub fn generate_p256() -> Vec<u8> {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
        .and_then(|pair| pair.to_pkcs8v1())
        .expect("the library generates P-256 keys as long as there is memory")
        .as_ref()
        .to_vec()
}

/// The public keys of one purpose, by name.
#[derive(Debug, Clone)]
pub struct KeySet<P: Purpose<Algorithm = Es256>> {
    keys: BTreeMap<String, [u8; 65]>,
    purpose: PhantomData<P>,
}

impl<P: Purpose<Algorithm = Es256>> KeySet<P> {
    /// Over some keys.
    pub fn new(keys: impl IntoIterator<Item = PublicKey>) -> Self {
        let keys = keys.into_iter().map(|key| (key.kid, key.point)).collect();
        Self {
            keys,
            purpose: PhantomData,
        }
    }

    /// The key of that name. `kid` is looked up in a fixed map and used for nothing else: it is never a path or a URL.
    fn key(&self, kid: Option<&str>) -> Option<&[u8; 65]> {
        match kid.and_then(|kid| self.keys.get(kid)) {
            None if !crate::guard::stands("jwt.kid") => self.keys.values().next(),
            found => found,
        }
    }
}

impl<P: Purpose<Algorithm = Es256>> Verifies<P> for KeySet<P> {
    fn verify(&self, kid: Option<&str>, message: &[u8], signature: &[u8]) -> Result<(), JwtError> {
        let point = self.key(kid).ok_or(JwtError::Key)?;
        // RFC 7518 §3.4: exactly 64 bytes, r then s. The library refuses other lengths and values out of range.
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        JwtError::Signature.unless(key.verify(message, signature).is_ok())
    }
}

fn pair(pkcs8: &[u8]) -> Result<EcdsaKeyPair, KeyError> {
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)
        .map_err(|_| KeyError::Malformed)
}

fn point(pair: &EcdsaKeyPair) -> [u8; 65] {
    pair.public_key()
        .as_ref()
        .try_into()
        .expect("a P-256 public key is an uncompressed point of 65 bytes")
}

/// An opaque name of at most 64 harmless characters.
pub(super) fn name(kid: &str) -> Result<String, KeyError> {
    let harmless = kid
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if kid.is_empty() || kid.len() > 64 || !harmless {
        return Err(KeyError::Name);
    }
    Ok(kid.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jwt::{AccessToken, ApplicationToken};

    #[test]
    fn short_secret_is_not_a_key() {
        assert_eq!(
            SharedSecret::<ApplicationToken>::new(&[7; 31]).unwrap_err(),
            KeyError::Short
        );
        let key = SharedSecret::<ApplicationToken>::new(&[7; 32]).unwrap();
        assert_eq!(format!("{key:?}"), "SharedSecret(…)");
    }

    #[test]
    fn name_of_a_key_is_never_a_path_or_a_url() {
        let pkcs8 = generate_p256();
        assert!(KeyPair::<AccessToken>::from_pkcs8("2026-11_a", &pkcs8).is_ok());
        for kid in ["", "../a", "https://a", "a b", "a'", &"a".repeat(65)] {
            assert_eq!(
                KeyPair::<AccessToken>::from_pkcs8(kid, &pkcs8).unwrap_err(),
                KeyError::Name,
                "{kid}"
            );
        }
        assert_eq!(
            KeyPair::<AccessToken>::from_pkcs8("a", b"no key").unwrap_err(),
            KeyError::Malformed
        );
    }
}
