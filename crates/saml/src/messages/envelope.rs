//! What every protocol message carries around its content (SAML core §3.2.1, §3.2.2), and how its values are spelled.

use crate::error::Refusal;
use crate::guard;
use crate::names::{ASSERTION, PROTOCOL};
use crate::time;
use jiff::Timestamp;
use std::borrow::Cow;
use xmldsig::build::Node;
use xmldsig::dom::Element;

/// Attributes and Issuer of a request or response.
pub(super) struct Envelope {
    pub(super) id: String,
    pub(super) issue_instant: Timestamp,
    pub(super) issuer: String,
    pub(super) destination: Option<String>,
}

/// Under which codes a family of messages refuses.
#[derive(Clone, Copy)]
pub(super) struct Codes {
    pub(super) issuer: &'static str,
    pub(super) time: &'static str,
}

impl Envelope {
    /// Reads the envelope of a `samlp:name`.
    pub(super) fn read(
        root: Element<'_>,
        name: &'static str,
        codes: Codes,
    ) -> Result<Self, Refusal> {
        if !root.is(PROTOCOL, name) {
            return Err(Refusal::rule("message.kind", name, root.name()));
        }
        version(root)?;
        Ok(Envelope {
            id: id(root)?,
            issue_instant: required_instant(root, "IssueInstant", codes.time)?,
            issuer: issuer(root, codes.issuer)?
                .ok_or_else(|| Refusal::rule(codes.issuer, "an Issuer", "none"))?,
            destination: root.attribute("Destination").map(str::to_owned),
        })
    }

    /// The element with these attributes and the Issuer as its first child.
    pub(super) fn node<'a>(name: &'static str, message: &Sent<'a>) -> Node<'a> {
        let node = Node::new("samlp", PROTOCOL, name)
            .attribute("ID", message.id)
            .attribute("Version", "2.0")
            .attribute("IssueInstant", time::format(message.issue_instant));
        optional(node, "Destination", message.destination)
            .child(Node::new("saml", ASSERTION, "Issuer").text(message.issuer))
    }
}

/// The envelope of a message of ours.
pub(super) struct Sent<'a> {
    pub(super) id: &'a str,
    pub(super) issue_instant: Timestamp,
    pub(super) issuer: &'a str,
    pub(super) destination: Option<&'a str>,
}

/// `node` with the attribute, if there is a value.
pub(super) fn optional<'a>(
    node: Node<'a>,
    name: &'static str,
    value: Option<impl Into<Cow<'a, str>>>,
) -> Node<'a> {
    match value {
        Some(value) => node.attribute(name, value),
        None => node,
    }
}

/// SAML core §4.1: other versions are refused, and a missing one is another version.
pub(super) fn version(element: Element<'_>) -> Result<(), Refusal> {
    match element.attribute("Version") {
        Some("2.0") => Ok(()),
        _ if !guard::stands("message.version") => Ok(()),
        other => Err(Refusal::rule(
            "message.version",
            "2.0",
            other.unwrap_or("none"),
        )),
    }
}

/// SAML core §1.3.4: the ID.
pub(super) fn id(element: Element<'_>) -> Result<String, Refusal> {
    match element.attribute("ID") {
        Some(id) if is_id(id) => Ok(id.to_owned()),
        other if !guard::stands("message.id") => Ok(other.unwrap_or_default().to_owned()),
        other => Err(Refusal::rule(
            "message.id",
            "an xs:ID",
            other.unwrap_or("none"),
        )),
    }
}

/// Whether `text` is an `xs:ID` in letters, digits and `_-.`, which is all that identity providers use.
pub(crate) fn is_id(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

/// The `saml:Issuer` of a message or assertion, exactly as sent, if there is one.
///
/// SAML profiles §4.1.4.2: its Format is absent or `entity`; another Format names something that is no entity ID.
pub(crate) fn issuer(element: Element<'_>, code: &'static str) -> Result<Option<String>, Refusal> {
    let mut issuers = element.children_named(ASSERTION, "Issuer");
    let Some(issuer) = issuers.next() else {
        return Ok(None);
    };
    if issuers.next().is_some() {
        return Err(Refusal::rule(code, "one Issuer", "several"));
    }
    match issuer.attribute("Format") {
        None | Some("urn:oasis:names:tc:SAML:2.0:nameid-format:entity") => {}
        Some(_) if !guard::stands(code) => {}
        Some(other) => return Err(Refusal::rule(code, "an Issuer of format entity", other)),
    }
    Ok(Some(issuer.text()?.into_owned()))
}

/// An instant that must be there.
pub(super) fn required_instant(
    element: Element<'_>,
    name: &'static str,
    code: &'static str,
) -> Result<Timestamp, Refusal> {
    instant(element, name, code)?.ok_or_else(|| Refusal::rule(code, name, "none"))
}

/// An instant that may be there; one that cannot be read is refused, never ignored.
pub(super) fn instant(
    element: Element<'_>,
    name: &'static str,
    code: &'static str,
) -> Result<Option<Timestamp>, Refusal> {
    let Some(text) = element.attribute(name) else {
        return Ok(None);
    };
    match time::parse(text) {
        Ok(instant) => Ok(Some(instant)),
        Err(_) if !guard::stands(code) => Ok(None),
        Err(_) => Err(Refusal::rule(code, format!("{name} in UTC, with Z"), text)),
    }
}

/// An `xs:boolean` that may be there.
pub(super) fn boolean(
    element: Element<'_>,
    name: &'static str,
    code: &'static str,
) -> Result<Option<bool>, Refusal> {
    match element.attribute(name) {
        None => Ok(None),
        Some("true" | "1") => Ok(Some(true)),
        Some("false" | "0") => Ok(Some(false)),
        Some(other) => Err(Refusal::rule(code, format!("{name} true or false"), other)),
    }
}
