//! HTTP-POST (SAML bindings §3.5).

use crate::error::Refusal;

/// Decodes the form field `SAMLResponse` or `SAMLRequest` (as the form decoder gave it) into the bytes of the message.
/// A `+` that became a space, a value that was percent-encoded twice and a value that was cut each have a code of their own.
pub fn decode(_field: &str) -> Result<Vec<u8>, Refusal> {
    todo!()
}

/// The value of the hidden field for `xml`: one line of base64.
pub fn encode(_xml: &str) -> String {
    todo!()
}
