//! `samlp:LogoutRequest` and `samlp:LogoutResponse` (SAML core §3.7).

use super::NameId;
use crate::error::Refusal;
use jiff::Timestamp;
use xmldsig::dom::Element;

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

/// `samlp:Status`: top-level code, optional second-level code, optional message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Top-level code.
    pub code: String,
    /// Second-level code.
    pub sub_code: Option<String>,
    /// StatusMessage.
    pub message: Option<String>,
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
    pub fn read(_root: Element<'_>) -> Result<Self, Refusal> {
        todo!()
    }
    /// Writes it without a signature.
    pub fn to_xml(&self) -> Result<String, xmldsig::build::NotXml> {
        todo!()
    }
}

impl LogoutResponse {
    /// Reads one. Judges the shape, not whether to believe.
    pub fn read(_root: Element<'_>) -> Result<Self, Refusal> {
        todo!()
    }
    /// Writes it without a signature.
    pub fn to_xml(&self) -> Result<String, xmldsig::build::NotXml> {
        todo!()
    }
}
