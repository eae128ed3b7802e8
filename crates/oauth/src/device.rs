//! The device flow's messages and user codes (RFC 8628).

use crate::client::ClientCredentials;
use crate::error::Refusal;
use crate::form::Parameters;
use crate::scope::Scope;
use serde::Serialize;
use std::fmt;

/// Consonants without vowels, so that no word appears, and without letters that look like digits (RFC 8628 §6.1).
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// Letters that are drawn: 20^8 codes, far beyond what limited guessing can reach.
const DRAWN: usize = 8;
/// Letters that tell whose code it is.
const SEALED: usize = 4;
const LENGTH: usize = DRAWN + SEALED;

/// A request for codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRequest {
    /// Who asks.
    pub client: ClientCredentials,
    /// `scope`.
    pub scope: Option<String>,
}

impl DeviceRequest {
    /// Reads the `Authorization` header and the form body (RFC 8628 §3.1). Codes: those of [`Parameters::read`] and
    /// [`ClientCredentials::read`].
    pub fn read(authorization: Option<&str>, body: &str) -> Result<Self, Refusal> {
        let form = Parameters::read(body)?;
        Ok(Self {
            client: ClientCredentials::read(authorization, &form)?,
            scope: form.value("scope").map(str::to_owned),
        })
    }

    /// The scope, judged against what is `allowed`. Codes: those of [`Scope::within`].
    pub fn scope_within(&self, allowed: &[&str]) -> Result<Scope, Refusal> {
        Scope::within(self.scope.as_deref(), allowed)
    }
}

/// What a person types on another device: letters that were drawn, and letters by which the issuer knows, without having
/// stored anything, which application the code was made for.
#[derive(Clone, PartialEq, Eq)]
pub struct UserCode([u8; LENGTH]);

impl UserCode {
    /// Draws one. `random` fills a buffer with unpredictable bytes; `seal` is a keyed hash of the drawn letters.
    pub fn draw(mut random: impl FnMut(&mut [u8]), seal: impl FnOnce(&str) -> [u8; 32]) -> Self {
        let mut code = [0; LENGTH];
        for character in &mut code[..DRAWN] {
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
        let drawn = Self(code);
        let sealed = letters(seal(drawn.drawn()));
        code[DRAWN..].copy_from_slice(&sealed);
        Self(code)
    }

    /// Reads what a person typed: any case, hyphens and blanks anywhere (RFC 8628 §6.1).
    pub fn read(typed: &str) -> Option<Self> {
        let mut code = [0; LENGTH];
        let mut characters = typed
            .bytes()
            .filter(|b| *b != b'-' && !b.is_ascii_whitespace())
            .map(|b| b.to_ascii_uppercase());
        for character in &mut code {
            *character = characters.next().filter(|b| ALPHABET.contains(b))?;
        }
        characters.next().is_none().then_some(Self(code))
    }

    /// Whether it was sealed with that keyed hash.
    pub fn is_sealed_by(&self, seal: impl FnOnce(&str) -> [u8; 32]) -> bool {
        self.0[DRAWN..] == letters(seal(self.drawn()))
    }

    fn drawn(&self) -> &str {
        text(&self.0[..DRAWN])
    }
}

impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second, third] = [&self.0[..4], &self.0[4..8], &self.0[8..]].map(text);
        write!(f, "{first}-{second}-{third}")
    }
}

impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode(…)")
    }
}

/// The letters of a hash: the small preference for the first ones does not matter, because nothing rests on guessing them.
fn letters(hash: [u8; 32]) -> [u8; SEALED] {
    let [a, b, c, d, ..] = hash;
    [a, b, c, d].map(|byte| ALPHABET[usize::from(byte % 20)])
}

fn text(letters: &[u8]) -> &str {
    std::str::from_utf8(letters).expect("the alphabet is ASCII")
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

impl fmt::Debug for DeviceResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceResponse")
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn typed_code_is_read_in_any_form() {
        let code = UserCode::read("BCDF-GHJK-LMNP").unwrap();
        for typed in ["bcdfghjklmnp", "BCDF GHJK LMNP", " bc-df-gh-jk-lm-np\t"] {
            assert_eq!(UserCode::read(typed), Some(code.clone()), "{typed}");
        }
        assert_eq!(code.to_string(), "BCDF-GHJK-LMNP");
        for typed in [
            "",
            "BCDF-GHJK-LMN",
            "BCDF-GHJK-LMNPQ",
            "ACDF-GHJK-LMNP",
            "BCDF-GHJ1-LMNP",
            "BCDF-GHJÇ-LMNP",
        ] {
            assert_eq!(UserCode::read(typed), None, "{typed}");
        }
    }

    #[test]
    fn code_tells_who_sealed_it() {
        let code = UserCode::draw(|buffer| buffer.fill(7), |_| [3; 32]);
        assert!(code.is_sealed_by(|drawn| {
            assert_eq!(drawn, "KKKKKKKK");
            [3; 32]
        }));
        assert!(!code.is_sealed_by(|_| [4; 32]));
    }

    #[test]
    fn every_letter_is_as_likely_as_any_other() {
        let mut next = 0_u8;
        let mut counts = [0; 256];
        // Twelve times all bytes: each letter must then stand equally often.
        for _ in 0..(240 * 12 / DRAWN) {
            let fill = |buffer: &mut [u8]| {
                buffer[0] = next;
                next = next.wrapping_add(1);
            };
            let code = UserCode::draw(fill, |_| [0; 32]);
            let drawn = code.drawn().bytes();
            drawn.for_each(|b| counts[usize::from(b)] += 1);
        }
        assert!(ALPHABET.iter().all(|b| counts[usize::from(*b)] == 144));
    }

    proptest! {
        #[test]
        fn never_panics_and_reads_what_it_drew(typed in ".{0,20}", bytes in proptest::collection::vec(0_u8..240, DRAWN), hash in any::<[u8; 32]>()) {
            let _ = UserCode::read(&typed);
            let _ = DeviceRequest::read(Some(&typed), &typed);
            let mut bytes = bytes.into_iter();
            let code = UserCode::draw(|buffer| buffer[0] = bytes.next().unwrap(), |_| hash);
            prop_assert_eq!(UserCode::read(&code.to_string()), Some(code));
        }
    }
}
