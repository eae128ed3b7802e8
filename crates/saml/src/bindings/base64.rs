//! The one reading of base64 for both bindings: strict, but it knows how values get damaged on the way.

use super::refused;
use crate::error::Refusal;
use crate::guard;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;

/// Decodes `value`. Line ends are skipped, because RFC 2045 §6.8 lets senders wrap lines (SAML bindings §3.5.4).
///
/// A `+` that became a space, a value still percent-encoded and a value cut short are the accidents that happen to people
/// who carry a message by hand, and each has a code of its own so that they can be told what to mend.
pub(super) fn decode(value: &str) -> Result<Vec<u8>, Refusal> {
    // One line, undamaged: as almost every value comes. What an empty one decodes to says nothing about it.
    if let Ok(bytes) = STANDARD.decode(value)
        && !bytes.is_empty()
    {
        return Ok(bytes);
    }
    let value = mended(without_line_ends(value));
    if value.is_empty() {
        return Err(refused("bind.missing", "the message is empty"));
    }
    if value.contains(' ') {
        return Err(refused(
            "bind.spaces",
            "a + of the base64 became a space: write it as %2B",
        ));
    }
    if value.contains('%') {
        return Err(refused(
            "bind.encoded_twice",
            "the value is still percent-encoded: it was encoded twice",
        ));
    }
    if !value
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))
    {
        return Err(refused(
            "bind.base64",
            "a character that base64 does not have",
        ));
    }
    if !value.len().is_multiple_of(4) && guard::stands("bind.cut") {
        return Err(refused(
            "bind.cut",
            "the base64 ends early: the value was cut",
        ));
    }
    // Whole groups: all of it, but for tests that watch what a cut value would be taken for.
    STANDARD
        .decode(&value.as_bytes()[..value.len() / 4 * 4])
        .map_err(|_| refused("bind.base64", "not base64"))
}

/// One line of base64.
pub(super) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// As a forgiving reader would take the value; tests only, with a guard off.
fn mended(mut value: Cow<'_, str>) -> Cow<'_, str> {
    if !guard::stands("bind.spaces") {
        value = value.replace(' ', "+").into();
    }
    if !guard::stands("bind.encoded_twice") {
        for (escape, character) in [("%2B", "+"), ("%2F", "/"), ("%3D", "=")] {
            value = value.replace(escape, character).into();
        }
    }
    value
}

fn without_line_ends(value: &str) -> Cow<'_, str> {
    if value.contains(['\r', '\n']) {
        return Cow::Owned(value.replace(['\r', '\n'], ""));
    }
    Cow::Borrowed(value)
}
