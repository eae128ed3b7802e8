//! One-time codes by time (RFC 6238): SHA-1, six digits, thirty seconds, as authenticator applications have them.

use crate::login::Secret;
use aws_lc_rs::hmac;
use jiff::Timestamp;
use subtle::{ConditionallySelectable, ConstantTimeEq};

/// Seconds in a time step.
const STEP: i64 = 30;
/// Digits of a code.
const DIGITS: usize = 6;

/// The shortest secret that is taken, in bytes (RFC 4226 §4, R6 asks for 128 bits; ten bytes are what most issue).
const SHORTEST: usize = 10;

/// The bytes of a base32 secret (RFC 4648 §6), upper or lower case, with or without padding and spaces.
pub(crate) fn read_secret(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0u32, 0u32);
    for letter in text.trim_end_matches('=').bytes().filter(|b| *b != b' ') {
        let value = match letter.to_ascii_uppercase() {
            letter @ b'A'..=b'Z' => letter - b'A',
            digit @ b'2'..=b'7' => digit - b'2' + 26,
            _ => return None,
        };
        bits = (bits << 5) | u32::from(value);
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).expect("masked to eight bits"));
        }
    }
    (bytes.len() >= SHORTEST).then_some(bytes)
}

/// A secret as base32 without padding, as people and authenticator applications take it.
pub(crate) fn write_secret(secret: &[u8]) -> String {
    let mut text = String::new();
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in secret {
        bits = (bits << 8) | u32::from(*byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            text.push(letter(bits >> held & 31));
        }
    }
    if held > 0 {
        text.push(letter(bits << (5 - held) & 31));
    }
    text
}

/// A digit of base32 (RFC 4648 §6).
fn letter(value: u32) -> char {
    char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[value as usize])
}

/// The time step whose code this is: the current one, or one before or after, because clocks differ. All three are compared
/// whatever the first comparison finds.
pub(crate) fn matching_step(secret: &[u8], code: &Secret, now: Timestamp) -> Option<i64> {
    // Exactly six ASCII digits: a code has one spelling, so that using it once uses it up.
    let code = code.expose().as_bytes();
    if code.len() != DIGITS || !code.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let current = now.as_second() / STEP;
    let mut found = -1i64;
    for step in [current - 1, current, current + 1] {
        found =
            i64::conditional_select(&found, &step, code_of(secret, step).as_slice().ct_eq(code));
    }
    (found >= 0).then_some(found)
}

// RFC 4226 §5.3: dynamic truncation.
fn code_of(secret: &[u8], step: i64) -> [u8; DIGITS] {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[tag.len() - 1] & 0xf);
    let mut number =
        u32::from_be_bytes([tag[at] & 0x7f, tag[at + 1], tag[at + 2], tag[at + 3]]) % 1_000_000;
    let mut digits = [b'0'; DIGITS];
    for digit in digits.iter_mut().rev() {
        *digit += u8::try_from(number % 10).expect("a digit");
        number /= 10;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B (the last six of its eight digits).
    const VECTORS: [(i64, &str); 6] = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ];

    fn step(code: &str, second: i64) -> Option<i64> {
        matching_step(
            b"12345678901234567890",
            &Secret::new(code),
            Timestamp::from_second(second).unwrap(),
        )
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        for (second, code) in VECTORS {
            assert_eq!(step(code, second), Some(second / 30), "{second}");
        }
    }

    #[test]
    fn a_code_is_right_one_step_before_and_after_and_no_further() {
        let (second, code) = (1_234_567_890, "005924");
        assert!(step(code, second - 30).is_some());
        assert!(step(code, second + 30).is_some());
        assert!(step(code, second - 60).is_none());
        assert!(step(code, second + 60).is_none());
    }

    #[test]
    fn a_code_has_exactly_one_spelling() {
        for code in [
            "0059244",
            "05924",
            " 005924",
            "005 924",
            "٠٠٥٩٢٤",
            "",
            "00592a",
        ] {
            assert_eq!(step(code, 1_234_567_890), None, "{code:?}");
        }
    }

    #[test]
    fn written_secrets_are_read_again() {
        assert_eq!(
            write_secret(b"12345678901234567890"),
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        );
        for length in 10..20u8 {
            let secret: Vec<u8> = (0..length).map(|n| n.wrapping_mul(91)).collect();
            assert_eq!(read_secret(&write_secret(&secret)), Some(secret));
        }
    }

    #[test]
    fn secrets_are_base32_of_enough_length() {
        assert_eq!(
            read_secret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").as_deref(),
            Some(b"12345678901234567890".as_slice())
        );
        assert_eq!(
            read_secret("gezd gnbv gy3t qojq gezd gnbv gy3t qojq").as_deref(),
            Some(b"12345678901234567890".as_slice())
        );
        assert_eq!(read_secret("GEZDGNBV"), None, "too short");
        assert_eq!(
            read_secret("GEZDGNBVGY3TQOJ1"),
            None,
            "1 is no digit of base32"
        );
    }
}
