//! A genuine response and one change each that must be refused: the rows of one table.
//!
//! This module owns what is sent and with which code it is refused. It does not judge: this crate's tests show which rule refuses each
//! row, and those of `server` that a door which redeems responses refuses the same row with the same code.
//!
//! * [`base`]: the genuine response · [`said`]: what its signed assertion says · [`wrapped`]: signatures moved, cut off, or of somebody
//!   else · [`damaged`]: signatures of another kind, and XML that is none

mod base;
mod damaged;
mod said;
mod wrapped;

pub(crate) use base::{Base, PERSON};

/// A response that must be refused.
pub(crate) struct Row {
    /// Its number in docs/refusals.md.
    pub(crate) row: &'static str,
    /// The change.
    pub(crate) what: String,
    /// The code of the refusal.
    pub(crate) code: &'static str,
    pub(crate) xml: String,
}

/// The whole table.
pub(crate) fn rows(base: &Base<'_>) -> Vec<Row> {
    let mut rows = said::rows(base);
    rows.extend(wrapped::rows(base));
    rows.extend(damaged::rows(base));
    rows
}

/// `from` replaced by `to`, wherever it stands. A change that changes nothing would prove nothing.
pub(crate) fn changed(xml: &str, from: &str, to: &str) -> String {
    assert!(xml.contains(from), "nothing to change: {from}");
    xml.replace(from, to)
}

/// From `start` to `end`, both included.
pub(crate) fn between(xml: &str, start: &str, end: &str) -> String {
    let from = xml.find(start).expect("a start");
    let to = from + xml[from..].find(end).expect("an end") + end.len();
    xml[from..to].to_owned()
}

/// `inner` as the last child of the element that is `outer`.
pub(crate) fn inside(outer: &str, inner: &str) -> String {
    let end = outer.rfind("</").expect("an end tag");
    format!("{}{inner}{}", &outer[..end], &outer[end..])
}

/// The parts of a signed response.
pub(crate) struct Parts {
    pub(crate) response: String,
    pub(crate) assertion: String,
    pub(crate) signature: String,
}

impl Parts {
    pub(crate) fn of(response: String) -> Self {
        Self {
            assertion: between(&response, "<saml:Assertion", "</saml:Assertion>"),
            signature: between(&response, "<ds:Signature ", "</ds:Signature>"),
            response,
        }
    }

    /// That text without the signature.
    pub(crate) fn without(&self, text: &str) -> String {
        changed(text, &self.signature, "")
    }
}
