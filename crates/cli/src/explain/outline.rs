//! A message as a person reads it: indented, with signatures, certificates and ciphertext shortened.

use std::fmt::Write as _;
use xmldsig::dom::{Document, Element};
use xmldsig::limits::Limits;

/// Elements whose text only a program reads.
const SHORTENED: &[&str] = &[
    "SignatureValue",
    "DigestValue",
    "X509Certificate",
    "CipherValue",
    "Modulus",
];
/// Characters of a text that are shown of those, and of any other.
const FEW: usize = 12;
const MANY: usize = 400;

/// The outline of `xml`, or none if it cannot be read.
pub(super) fn outline(xml: &[u8]) -> Option<String> {
    let document = Document::parse(xml, &Limits::MESSAGE).ok()?;
    let mut out = String::new();
    describe(document.root(), 0, &mut out);
    Some(out)
}

fn describe(element: Element<'_>, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    out.push_str(&indent);
    out.push_str(element.name());
    for (name, value) in element.attribute_values() {
        let _ = write!(out, " {name}={:?}", shortened(value, MANY));
    }
    let mut children = element.children().peekable();
    if children.peek().is_none() {
        let text = element.text().unwrap_or_default();
        let text = text.trim();
        if !text.is_empty() {
            let most = if SHORTENED.contains(&element.name()) {
                FEW
            } else {
                MANY
            };
            // Debug form: what would move the cursor or colour the terminal is shown, not done.
            let _ = write!(out, ": {:?}", shortened(text, most));
        }
    }
    out.push('\n');
    for child in children {
        describe(child, depth + 1, out);
    }
}

fn shortened(text: &str, most: usize) -> String {
    let mut characters = text.chars();
    let head: String = characters.by_ref().take(most).collect();
    match characters.count() {
        0 => head,
        more => format!("{head}… ({more} more)"),
    }
}
