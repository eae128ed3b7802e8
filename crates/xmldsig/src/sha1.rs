//! RSA-SHA1, to sign with and for nothing else: some old service providers know no other algorithm, and HORACIUS's settings
//! name it. aws-lc-rs does not sign with it, so this alone is done by the `rsa` crate.
//!
//! RUSTSEC-2023-0071 (Marvin) is about timing of that crate's private key operation. What makes it dangerous is an answer per
//! chosen ciphertext; nothing is decrypted here, an attacker does not choose what is signed (its digest is taken first), the
//! arithmetic of this version is constant-time, and every operation is blinded.

use crate::error::KeyError;
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand;
use aws_lc_rs::signature::RsaKeyPair;
use rsa::pkcs8::DecodePrivateKey;
use rsa::rand_core::{TryCryptoRng, TryRng};
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use std::convert::Infallible;
use std::sync::OnceLock;

/// What stands before a SHA-1 digest in a signature (RFC 8017 §9.2, note 1).
const DIGEST_INFO: [u8; 15] = [
    0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14,
];

/// The key as the `rsa` crate wants it, read when it is first used: few keys ever are.
#[derive(Default)]
pub(crate) struct Sha1Signer {
    key: OnceLock<Option<Box<RsaPrivateKey>>>,
}

impl Sha1Signer {
    /// Signs `message` with `pair`.
    pub(crate) fn sign(&self, pair: &RsaKeyPair, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let failed = || KeyError::Unreadable("the key does not sign");
        let key = self.key.get_or_init(|| read(pair)).as_ref();
        let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, message);
        let info = [DIGEST_INFO.as_slice(), hash.as_ref()].concat();
        key.ok_or_else(failed)?
            .sign_with_rng(&mut SystemRandom, Pkcs1v15Sign::new_unprefixed(), &info)
            .map_err(|_| failed())
    }
}

fn read(pair: &RsaKeyPair) -> Option<Box<RsaPrivateKey>> {
    let key = RsaPrivateKey::from_pkcs8_der(pair.as_der().ok()?.as_ref()).ok()?;
    Some(Box::new(key))
}

/// The randomness of aws-lc-rs, for blinding.
struct SystemRandom;

impl TryRng for SystemRandom {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_ne_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_ne_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        rand::fill(bytes).expect("the operating system gives random bytes");
        Ok(())
    }
}

impl TryCryptoRng for SystemRandom {}
