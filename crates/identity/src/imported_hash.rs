//! Password hashes of other programs, with which people move in: bcrypt and PBKDF2. Read and verified, never written; the first
//! sign-in replaces them.

use aws_lc_rs::pbkdf2;
use base64::Engine;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use std::num::NonZeroU32;

/// A hash that another program wrote.
pub(crate) enum ImportedHash {
    /// `$2b$…`, and the older `$2a$` and `$2y$`.
    Bcrypt(String),
    /// RFC 8018 §5.2 with HMAC-SHA-256 or -512, or with HMAC-SHA-1: its collisions do not help to invert it, and people who moved
    /// in with one keep it for one sign-in.
    Pbkdf2 {
        algorithm: pbkdf2::Algorithm,
        iterations: NonZeroU32,
        salt: Vec<u8>,
        key: Vec<u8>,
    },
}

/// The dearest bcrypt that we are ready to compute (a second or so), and the dearest PBKDF2.
const BCRYPT_COST: u32 = 14;
const PBKDF2_ITERATIONS: u32 = 2_000_000;
/// What bcrypt reads of a password.
const BCRYPT_LONGEST: usize = 72;
/// The shortest key that nobody guesses, in bytes.
const SHORTEST_KEY: usize = 16;

/// Base64 as these programs write it: padded or not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl ImportedHash {
    /// Reads bcrypt's own form, and PBKDF2 as PHC strings (`$pbkdf2-sha256$i=…$salt$key`), Passlib (`$pbkdf2-sha256$rounds$…`; with
    /// SHA-1 `$pbkdf2$rounds$…`) and Django (`pbkdf2_sha256$rounds$salt$key`) write it. None if it is none of these, or dearer than we are ready to pay.
    pub(crate) fn read(text: &str) -> Option<Self> {
        if text.starts_with("$2") {
            let parts: bcrypt::HashParts = text.parse().ok()?;
            let bearable = (4..=BCRYPT_COST).contains(&parts.get_cost());
            return bearable.then(|| Self::Bcrypt(text.to_owned()));
        }
        let fields: Vec<&str> = text.split('$').collect();
        match fields[..] {
            ["", name, rounds, salt, key] => {
                // RFC 8018 names no hash where it means SHA-1, and neither does Passlib.
                let named = name.strip_prefix("pbkdf2-");
                let algorithm = algorithm(named.or((name == "pbkdf2").then_some("sha1"))?)?;
                pbkdf2(algorithm, rounds, (adapted(salt)?, adapted(key)?))
            }
            [name, rounds, salt, key] => {
                let algorithm = algorithm(name.strip_prefix("pbkdf2_")?)?;
                pbkdf2(algorithm, rounds, (salt.into(), BASE64.decode(key).ok()?))
            }
            _ => None,
        }
    }

    /// Whether it is the hash of that password.
    pub(crate) fn verify(&self, password: &[u8]) -> bool {
        match self {
            Self::Bcrypt(text) => bcrypt::verify(password, text).is_ok_and(|right| right),
            Self::Pbkdf2 {
                algorithm,
                iterations,
                salt,
                key,
            } => pbkdf2::verify(*algorithm, *iterations, salt, password, key).is_ok(),
        }
    }

    /// Whether it was made from the whole password. bcrypt reads 72 bytes: what was typed beyond them proves nothing, and must not
    /// become part of a new hash.
    pub(crate) fn covers(&self, password: &[u8]) -> bool {
        match self {
            Self::Bcrypt(..) => password.len() <= BCRYPT_LONGEST,
            Self::Pbkdf2 { .. } => true,
        }
    }
}

fn algorithm(name: &str) -> Option<pbkdf2::Algorithm> {
    match name {
        "sha1" => Some(pbkdf2::PBKDF2_HMAC_SHA1),
        "sha256" => Some(pbkdf2::PBKDF2_HMAC_SHA256),
        "sha512" => Some(pbkdf2::PBKDF2_HMAC_SHA512),
        _ => None,
    }
}

fn pbkdf2(
    algorithm: pbkdf2::Algorithm,
    rounds: &str,
    (salt, key): (Vec<u8>, Vec<u8>),
) -> Option<ImportedHash> {
    // `i=600000,l=32` in PHC strings, a number elsewhere.
    let rounds = rounds.strip_prefix("i=").unwrap_or(rounds);
    let rounds = rounds.split_once(',').map_or(rounds, |(rounds, _)| rounds);
    let iterations: NonZeroU32 = rounds.parse().ok()?;
    let bearable =
        iterations.get() <= PBKDF2_ITERATIONS && (SHORTEST_KEY..=64).contains(&key.len());
    bearable.then_some(ImportedHash::Pbkdf2 {
        algorithm,
        iterations,
        salt,
        key,
    })
}

/// Base64 without padding, where Passlib writes `.` for `+`.
fn adapted(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text.replace('.', "+")).ok()
}

#[cfg(test)]
mod tests {
    use super::ImportedHash;

    /// `my-password`, hashed by Python's bcrypt 4.3, Passlib 1.7.4, Django's algorithm in hashlib, and as a PHC string.
    const HASHES: [&str; 7] = [
        "$2b$04$9bM6t6zX88A.qkxWC.VCM.N0VKDIwzlorj2Pei4f5OiEtAs0b/a7C",
        "$pbkdf2-sha256$1000$MDEyMzQ1Njc4OWFiY2Rl/w$XpCsk9yArQy/NwOmjJkYpAEbdYPyFUCM.NEJPJkFzks",
        "pbkdf2_sha256$1000$QzE2bytesOfSalt$JbuONs9gYOWusTsCtgqTOSyn+zVZblG3h7Tp6mh702g=",
        "$pbkdf2-sha512$i=1000,l=32$c2FsdHNhbHRzYWx0c2Fs+w$HwcJlv2qteBmFVKDl8oaFDuxJq7kruyX53miCKZe560",
        "$pbkdf2$1000$MDEyMzQ1Njc4OWFiY2Rl/w$CvxlCnnef9h3yMZS5sbDCRDf3lk",
        "pbkdf2_sha1$1000$saltOfDjango$pQRfr5oLbVT5JOyDwXrsCU1fVAg=",
        "$pbkdf2-sha512$1000$c2FsdHNhbHRzYWx0c2FsdPs$Afso78hIcwqWKKbW2z0MJHJu1zP7d2bLE0EKtztmkgbSRztm33asc4oS0DxdQbbs8R/GfGOzKFdtTGFtdkUpNg",
    ];

    #[test]
    fn hashes_that_other_programs_wrote_verify_and_nothing_else_does() {
        for text in HASHES {
            let hash = ImportedHash::read(text).expect(text);
            assert!(hash.verify(b"my-password"), "{text}");
            for wrong in ["my-passwore", "my-password ", "", "MY-PASSWORD"] {
                assert!(!hash.verify(wrong.as_bytes()), "{text} {wrong}");
            }
        }
    }

    #[test]
    fn what_is_malformed_unknown_or_too_dear_is_not_read() {
        let [bcrypt, passlib, django, phc, ..] = HASHES;
        for text in [
            "my-password".to_owned(),
            bcrypt.replacen("$04$", "$15$", 1),
            bcrypt.replacen("$04$", "$03$", 1),
            bcrypt[..bcrypt.len() - 1].to_owned(),
            passlib.replacen("$1000$", "$0$", 1),
            passlib.replacen("sha256", "sha3", 1),
            passlib.replacen("-sha256", "-", 1),
            django.replacen("$1000$", "$2000001$", 1),
            django.replacen("sha256", "md5", 1),
            format!("{phc}$more"),
            phc.rsplit_once('$').expect("a key").0.to_owned() + "$AAAA",
        ] {
            assert!(ImportedHash::read(&text).is_none(), "{text}");
        }
    }

    #[test]
    fn bcrypt_covers_72_bytes_and_no_more() {
        let hash = ImportedHash::read(HASHES[0]).expect("a hash");
        assert!(hash.covers(&[b'a'; 72]));
        assert!(!hash.covers(&[b'a'; 73]));
    }
}
