//! Secrets sealed with a key that is not in the database, and pending state that travels instead of being stored.
//!
//! Everything is AES-256-GCM under keys derived from the master key (HKDF-SHA256), one per purpose, so that a sealed value of
//! one kind never opens as another.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use zeroize::Zeroize;

/// The master key. Wiped when dropped, never printed.
#[derive(Clone)]
pub struct Vault {
    master: [u8; 32],
}

impl Drop for Vault {
    fn drop(&mut self) {
        self.master.zeroize();
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(…)")
    }
}

impl Vault {
    /// Over 32 bytes of key.
    pub fn new(master: [u8; 32]) -> Self {
        Self { master }
    }

    /// Seals `plain` for `purpose`; `bound` must be given again to open it. `nonce` is twelve random bytes.
    pub fn seal(
        &self,
        purpose: &'static str,
        bound: &[u8],
        plain: &[u8],
        nonce: [u8; 12],
    ) -> Vec<u8> {
        let mut sealed = plain.to_vec();
        self.key(purpose)
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(bound),
                &mut sealed,
            )
            .expect("what we seal is far below the limit of AES-GCM");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens what [`Vault::seal`] made; none if it is anything else.
    pub fn open(&self, purpose: &'static str, bound: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut sealed = sealed.to_vec();
        let plain = self
            .key(purpose)
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(bound),
                &mut sealed,
            )
            .ok()?;
        Some(plain.to_vec())
    }

    /// Seals pending state as URL-safe text with an expiry (a sign-in under way, a request that we sent). The text consists of
    /// letters, digits, `-` and `_`, so that `_` and a ticket are an `xs:ID`.
    pub fn ticket(
        &self,
        purpose: &'static str,
        bound: &[u8],
        plain: &[u8],
        expires: Timestamp,
        nonce: [u8; 12],
    ) -> String {
        let plain = [expires.as_millisecond().to_be_bytes().as_slice(), plain].concat();
        URL_SAFE_NO_PAD.encode(self.seal(purpose, bound, &plain, nonce))
    }

    /// Opens a ticket that has not expired.
    pub fn open_ticket(
        &self,
        purpose: &'static str,
        bound: &[u8],
        ticket: &str,
        now: Timestamp,
    ) -> Option<Vec<u8>> {
        let plain = self.open(purpose, bound, &URL_SAFE_NO_PAD.decode(ticket).ok()?)?;
        let (expires, plain) = plain.split_first_chunk::<8>()?;
        (now.as_millisecond() < i64::from_be_bytes(*expires)).then(|| plain.to_vec())
    }

    /// A keyed fingerprint of a secret that people can type: too short to be safe as a plain hash, safe as long as the key is
    /// not in the database. The same secret of another purpose or `bound` has another one.
    pub(crate) fn fingerprint(&self, purpose: &'static str, bound: &[u8], secret: &str) -> String {
        let mut tag = hmac::Context::with_key(&self.hash_key(purpose));
        tag.update(&(bound.len() as u64).to_be_bytes());
        tag.update(bound);
        tag.update(secret.as_bytes());
        URL_SAFE_NO_PAD.encode(tag.sign())
    }

    /// A keyed hash of `parts` for `purpose`, which only a holder of the master key can compute.
    pub(crate) fn keyed_hash(&self, purpose: &'static str, parts: &[&str]) -> [u8; 32] {
        let tag = hmac::sign(&self.hash_key(purpose), &crate::digest::of_parts(parts));
        tag.as_ref().try_into().expect("HMAC-SHA256 has 32 bytes")
    }

    fn hash_key(&self, purpose: &'static str) -> hmac::Key {
        let info = [b"portaria fingerprint ".as_slice(), purpose.as_bytes()];
        let derived = Salt::new(HKDF_SHA256, &[]).extract(&self.master);
        let derived = derived
            .expand(&info, hmac::HMAC_SHA256)
            .expect("the length of a hash is allowed");
        hmac::Key::from(derived)
    }

    fn key(&self, purpose: &'static str) -> LessSafeKey {
        let info = [b"portaria ".as_slice(), purpose.as_bytes()];
        let derived = Salt::new(HKDF_SHA256, &[]).extract(&self.master);
        let derived = derived
            .expand(&info, &AES_256_GCM)
            .expect("the length of an AES key is allowed");
        LessSafeKey::new(UnboundKey::from(derived))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault() -> Vault {
        Vault::new([7; 32])
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn what_was_sealed_opens_again() {
        let sealed = vault().seal("totp", b"organization", b"secret", [1; 12]);
        assert_eq!(
            vault().open("totp", b"organization", &sealed).as_deref(),
            Some(b"secret".as_slice())
        );
    }

    #[test]
    fn nothing_opens_under_another_purpose_binding_key_or_after_a_change() {
        let sealed = vault().seal("totp", b"organization", b"secret", [1; 12]);
        assert_eq!(vault().open("signing-key", b"organization", &sealed), None);
        assert_eq!(vault().open("totp", b"another", &sealed), None);
        assert_eq!(
            Vault::new([8; 32]).open("totp", b"organization", &sealed),
            None
        );
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(
                vault().open("totp", b"organization", &changed),
                None,
                "byte {at}"
            );
            assert_eq!(
                vault().open("totp", b"organization", &sealed[..at]),
                None,
                "cut at {at}"
            );
        }
    }

    #[test]
    fn a_ticket_lives_until_it_expires_and_is_part_of_an_identifier() {
        let ticket = vault().ticket("request", b"", b"state", at(100), [1; 12]);
        assert!(
            ticket
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        );
        assert_eq!(
            vault()
                .open_ticket("request", b"", &ticket, at(99))
                .as_deref(),
            Some(b"state".as_slice())
        );
        assert_eq!(vault().open_ticket("request", b"", &ticket, at(100)), None);
    }

    #[test]
    fn keyed_hash_depends_on_key_purpose_and_parts() {
        let hash = |vault: Vault, purpose, parts: &[&str]| vault.keyed_hash(purpose, parts);
        let known = hash(vault(), "a", &["x", "y"]);
        assert_eq!(known, hash(vault(), "a", &["x", "y"]));
        assert_ne!(known, hash(vault(), "b", &["x", "y"]));
        assert_ne!(known, hash(vault(), "a", &["xy", ""]));
        assert_ne!(known, hash(Vault::new([8; 32]), "a", &["x", "y"]));
    }

    #[test]
    fn the_master_key_is_not_printed() {
        assert_eq!(format!("{:?}", vault()), "Vault(…)");
    }
}
