//! Base64url without padding (RFC 7515 §2), one spelling per value.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Encodes.
pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes; none for padding, for other alphabets, and for a last character with bits that mean nothing. Two spellings of one
/// value would make a token that was revoked by its text a new token.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    if !crate::guard::stands("jwt.format") {
        return decode_leniently(text);
    }
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// What a careless decoder does: the proof that [`decode`] is what refuses.
fn decode_leniently(text: &str) -> Option<Vec<u8>> {
    use base64::alphabet::URL_SAFE;
    use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
    let careless = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let plain: String = text
        .chars()
        .filter(|c| !c.is_ascii_whitespace())
        .map(|c| match c {
            '+' => '-',
            '/' => '_',
            c => c,
        })
        .collect();
    GeneralPurpose::new(&URL_SAFE, careless).decode(plain).ok()
}
