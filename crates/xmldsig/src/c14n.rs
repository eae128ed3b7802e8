//! Exclusive canonicalisation without comments (W3C Exclusive XML Canonicalization 1.0).

use crate::dom::Element;

/// The canonical bytes of `element`, leaving out `without` (the signature, for the enveloped-signature transform).
pub fn canonicalize(_element: Element<'_>, _without: Option<Element<'_>>, _inclusive_prefixes: &[&str]) -> Vec<u8> {
    todo!()
}
