//! `samlp:LogoutRequest` and `samlp:LogoutResponse` (SAML core §3.7).

use super::envelope::{Codes, Envelope, Sent, instant, optional};
use super::{NameId, Status};
use crate::error::Refusal;
use crate::names::{ASSERTION, PROTOCOL};
use crate::time;
use jiff::Timestamp;
use xmldsig::build::{Node, NotXml};
use xmldsig::dom::Element;

const CODES: Codes = Codes {
    issuer: "logout.issuer",
    time: "logout.time",
};

/// A request to end a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutRequest {
    /// ID.
    pub id: String,
    /// IssueInstant.
    pub issue_instant: Timestamp,
    /// Issuer.
    pub issuer: String,
    /// Destination.
    pub destination: Option<String>,
    /// NotOnOrAfter.
    pub not_on_or_after: Option<Timestamp>,
    /// Whose session.
    pub name_id: NameId,
    /// Which sessions; none means all of that NameID.
    pub session_indexes: Vec<String>,
}

/// The answer to a [`LogoutRequest`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutResponse {
    /// ID.
    pub id: String,
    /// IssueInstant.
    pub issue_instant: Timestamp,
    /// Issuer.
    pub issuer: String,
    /// Destination.
    pub destination: Option<String>,
    /// InResponseTo.
    pub in_response_to: Option<String>,
    /// Status.
    pub status: Status,
}

impl LogoutRequest {
    /// Reads one. Judges the shape, not whether to obey.
    pub fn read(root: Element<'_>) -> Result<Self, Refusal> {
        let envelope = Envelope::read(root, "LogoutRequest", CODES)?;
        let mut session_indexes = Vec::new();
        for index in root.children_named(PROTOCOL, "SessionIndex") {
            session_indexes.push(index.text()?.into_owned());
        }
        Ok(LogoutRequest {
            id: envelope.id,
            issue_instant: envelope.issue_instant,
            issuer: envelope.issuer,
            destination: envelope.destination,
            not_on_or_after: instant(root, "NotOnOrAfter", CODES.time)?,
            name_id: name_id(root)?,
            session_indexes,
        })
    }

    /// Writes it without a signature.
    pub fn to_xml(&self) -> Result<String, NotXml> {
        let sent = Sent {
            id: &self.id,
            issue_instant: self.issue_instant,
            issuer: &self.issuer,
            destination: self.destination.as_deref(),
        };
        let until = self.not_on_or_after.map(time::format);
        let node = optional(
            Envelope::node("LogoutRequest", &sent),
            "NotOnOrAfter",
            until.as_deref(),
        )
        .child(self.name_id.node("saml"));
        self.session_indexes
            .iter()
            .fold(node, |node, index| {
                node.child(Node::new("samlp", PROTOCOL, "SessionIndex").text(index.as_str()))
            })
            .to_xml()
    }
}

impl LogoutResponse {
    /// Reads one. Judges the shape, not whether to believe.
    pub fn read(root: Element<'_>) -> Result<Self, Refusal> {
        let envelope = Envelope::read(root, "LogoutResponse", CODES)?;
        Ok(LogoutResponse {
            id: envelope.id,
            issue_instant: envelope.issue_instant,
            issuer: envelope.issuer,
            destination: envelope.destination,
            in_response_to: root.attribute("InResponseTo").map(str::to_owned),
            status: Status::read(root)
                .ok_or_else(|| Refusal::rule("response.status", "one Status", "none or several"))?,
        })
    }

    /// Writes it without a signature.
    pub fn to_xml(&self) -> Result<String, NotXml> {
        let sent = Sent {
            id: &self.id,
            issue_instant: self.issue_instant,
            issuer: &self.issuer,
            destination: self.destination.as_deref(),
        };
        optional(
            Envelope::node("LogoutResponse", &sent),
            "InResponseTo",
            self.in_response_to.as_deref(),
        )
        .child(self.status.node("samlp"))
        .to_xml()
    }
}

/// SAML core §3.7.1: one identifier. Encrypted and base identifiers name nobody whom we signed in.
fn name_id(root: Element<'_>) -> Result<NameId, Refusal> {
    let mut names = root.children_named(ASSERTION, "NameID");
    match (names.next(), names.next()) {
        (Some(only), None) => Ok(NameId::read(only)?),
        (None, _) => Err(Refusal::rule("logout.subject", "one NameID", "none")),
        (Some(_), Some(_)) => Err(Refusal::rule("logout.subject", "one NameID", "several")),
    }
}
