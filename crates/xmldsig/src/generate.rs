//! New private keys, as PKCS#8 (DER).

use crate::algorithms::SignatureAlgorithm;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, RsaKeyPair,
};

/// What kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyAlgorithm {
    /// RSA with 2048 bits: what every product reads.
    Rsa2048,
    /// RSA with 3072 bits.
    Rsa3072,
    /// RSA with 4096 bits.
    Rsa4096,
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
}

impl KeyAlgorithm {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
        Self::P256,
        Self::P384,
    ];

    /// As [`crate::certificate::Facts`] and operators write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rsa2048 => "rsa-2048",
            Self::Rsa3072 => "rsa-3072",
            Self::Rsa4096 => "rsa-4096",
            Self::P256 => "p-256",
            Self::P384 => "p-384",
        }
    }

    /// The algorithm of that exact name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
    }

    /// Whether it is RSA, which can be encrypted to.
    pub fn is_rsa(self) -> bool {
        matches!(self, Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096)
    }

    /// Whether such a key signs with `algorithm`.
    pub fn fits(self, algorithm: SignatureAlgorithm) -> bool {
        match algorithm {
            SignatureAlgorithm::EcdsaSha256 => self == Self::P256,
            SignatureAlgorithm::EcdsaSha384 => self == Self::P384,
            _ => self.is_rsa(),
        }
    }

    /// A new private key as PKCS#8 (DER). RSA takes a tenth of a second and more.
    pub fn generate(self) -> Vec<u8> {
        match self {
            Self::Rsa2048 => rsa(KeySize::Rsa2048),
            Self::Rsa3072 => rsa(KeySize::Rsa3072),
            Self::Rsa4096 => rsa(KeySize::Rsa4096),
            Self::P256 => ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING),
            Self::P384 => ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING),
        }
    }
}

fn rsa(size: KeySize) -> Vec<u8> {
    let pair = RsaKeyPair::generate(size).expect("the operating system gives random bytes");
    pair.as_der()
        .expect("a key that was just made can be written")
        .as_ref()
        .to_vec()
}

fn ecdsa(algorithm: &'static aws_lc_rs::signature::EcdsaSigningAlgorithm) -> Vec<u8> {
    EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new())
        .expect("the operating system gives random bytes")
        .as_ref()
        .to_vec()
}
