//! The device flow's messages and user codes (RFC 8628).

use serde::Serialize;
use std::fmt;

/// Consonants without vowels, so that no word appears, and without letters that look like digits (RFC 8628 §6.1).
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// Characters in a code: 20^8 codes, far beyond what limited guessing can reach.
const LENGTH: usize = 8;

/// What a person types on another device.
#[derive(Clone, PartialEq, Eq)]
pub struct UserCode([u8; LENGTH]);

impl UserCode {
    /// Draws one. `random` fills a buffer with unpredictable bytes.
    pub fn draw(mut random: impl FnMut(&mut [u8])) -> Self {
        let mut code = [0; LENGTH];
        for character in &mut code {
            let mut byte = [0; 1];
            // 240 is the largest multiple of 20 in a byte: what lies above would favour the first letters.
            loop {
                random(&mut byte);
                if byte[0] < 240 {
                    break;
                }
            }
            *character = ALPHABET[usize::from(byte[0] % 20)];
        }
        Self(code)
    }

    /// Reads what a person typed: any case, hyphens and blanks anywhere (RFC 8628 §6.1).
    pub fn read(typed: &str) -> Option<Self> {
        let mut code = [0; LENGTH];
        let mut characters = typed
            .bytes()
            .filter(|b| *b != b'-' && *b != b' ')
            .map(|b| b.to_ascii_uppercase());
        for character in &mut code {
            *character = characters.next().filter(|b| ALPHABET.contains(b))?;
        }
        characters.next().is_none().then_some(Self(code))
    }
}

impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = std::str::from_utf8(&self.0).expect("the alphabet is ASCII");
        write!(f, "{}-{}", &text[..4], &text[4..])
    }
}

impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode(…)")
    }
}

/// The answer to a device authorization request (RFC 8628 §3.2).
#[derive(Clone, Serialize)]
pub struct DeviceResponse {
    /// What the device polls with.
    pub device_code: String,
    /// What the person types.
    pub user_code: String,
    /// Where.
    pub verification_uri: String,
    /// The same with the code filled in; the person must still confirm it.
    pub verification_uri_complete: String,
    /// Seconds until both codes expire.
    pub expires_in: i64,
    /// Seconds between polls.
    pub interval: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn typed_code_is_read_in_any_form() {
        let code = UserCode::read("BCDF-GHJK").unwrap();
        for typed in ["bcdfghjk", "BCDF GHJK", " bc-df-gh-jk ", "BCDF-GHJK"] {
            assert_eq!(UserCode::read(typed), Some(code.clone()), "{typed}");
        }
        assert_eq!(code.to_string(), "BCDF-GHJK");
        for typed in [
            "",
            "BCDF-GHJ",
            "BCDF-GHJKL",
            "ACDF-GHJK",
            "BCDF-GHJ1",
            "BCDF-GHJÇ",
        ] {
            assert_eq!(UserCode::read(typed), None, "{typed}");
        }
    }

    #[test]
    fn every_letter_is_as_likely_as_any_other() {
        let mut next = 0_u8;
        let mut counts = [0; 256];
        // Twelve times all bytes: each letter must then stand equally often.
        for _ in 0..(240 * 12 / LENGTH) {
            let code = UserCode::draw(|buffer| {
                buffer[0] = next;
                next = next.wrapping_add(1);
            });
            code.0.iter().for_each(|b| counts[usize::from(*b)] += 1);
        }
        assert!(ALPHABET.iter().all(|b| counts[usize::from(*b)] == 144));
    }

    proptest! {
        #[test]
        fn never_panics_and_reads_what_it_drew(typed in ".{0,20}", bytes in proptest::collection::vec(0_u8..240, LENGTH)) {
            let _ = UserCode::read(&typed);
            let mut bytes = bytes.into_iter();
            let code = UserCode::draw(|buffer| buffer[0] = bytes.next().unwrap());
            prop_assert_eq!(UserCode::read(&code.to_string()), Some(code));
        }
    }
}
