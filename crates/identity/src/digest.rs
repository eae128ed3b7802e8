//! Fingerprints: how opaque secrets and composite keys are kept in the store.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt::Write;

/// SHA-256 of a secret of at least 122 random bits, as text. Such a secret needs no salt and no slow hash.
pub(crate) fn of_secret(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, secret.as_bytes()))
}

/// SHA-256 of several texts, each with its length before it, so that no two lists have the same one.
pub(crate) fn of_parts(parts: &[&str]) -> [u8; 32] {
    let mut all = Vec::new();
    for part in parts {
        all.extend_from_slice(&(part.len() as u64).to_be_bytes());
        all.extend_from_slice(part.as_bytes());
    }
    digest(&SHA256, &all)
        .as_ref()
        .try_into()
        .expect("SHA-256 has 32 bytes")
}

/// [`of_parts`] as text.
pub(crate) fn key(parts: &[&str]) -> String {
    URL_SAFE_NO_PAD.encode(of_parts(parts))
}

/// [`of_parts`] as a UUID that is the same whenever the parts are (RFC 9562 §5.8).
pub(crate) fn uuid(parts: &[&str]) -> uuid::Uuid {
    let bytes = *of_parts(parts)
        .first_chunk::<16>()
        .expect("32 bytes are more than 16");
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Lower-case hexadecimal digits, two a byte: how CESS's and HORACIUS's documents print tokens.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("writing to a String does not fail");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_one_part_ends_and_the_next_begins_matters() {
        assert_ne!(key(&["ab", "c"]), key(&["a", "bc"]));
        assert_eq!(uuid(&["a"]), uuid(&["a"]));
        assert_ne!(uuid(&["a"]), uuid(&["b"]));
    }
}
