//! `saml:Assertion` (SAML core §2.3.3).

use jiff::Timestamp;

/// `saml:NameID` (SAML core §2.2.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameId {
    /// The identifier, exactly as sent: never trimmed, folded or normalised.
    pub value: String,
    /// Format, if given.
    pub format: Option<String>,
    /// NameQualifier, if given.
    pub name_qualifier: Option<String>,
    /// SPNameQualifier, if given.
    pub sp_name_qualifier: Option<String>,
}

/// `saml:Attribute` with its values as text (SAML core §2.7.3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Name.
    pub name: String,
    /// FriendlyName, for people only.
    pub friendly_name: Option<String>,
    /// Values in order.
    pub values: Vec<String>,
}

/// A bearer `saml:SubjectConfirmation` with its data (SAML profiles §4.1.4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectConfirmation {
    /// Method.
    pub method: String,
    /// Recipient.
    pub recipient: Option<String>,
    /// InResponseTo.
    pub in_response_to: Option<String>,
    /// NotBefore, which may not be there.
    pub not_before: Option<Timestamp>,
    /// NotOnOrAfter.
    pub not_on_or_after: Option<Timestamp>,
}

/// `saml:Conditions` (SAML core §2.5.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conditions {
    /// NotBefore.
    pub not_before: Option<Timestamp>,
    /// NotOnOrAfter.
    pub not_on_or_after: Option<Timestamp>,
    /// One list per AudienceRestriction; each must hold.
    pub audience_restrictions: Vec<Vec<String>>,
    /// OneTimeUse.
    pub one_time_use: bool,
}

/// `saml:AuthnStatement` (SAML core §2.7.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthnStatement {
    /// AuthnInstant.
    pub authn_instant: Timestamp,
    /// SessionIndex.
    pub session_index: Option<String>,
    /// SessionNotOnOrAfter.
    pub session_not_on_or_after: Option<Timestamp>,
    /// AuthnContextClassRef.
    pub class_ref: Option<String>,
}

/// What an assertion says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// ID.
    pub id: String,
    /// Issuer.
    pub issuer: String,
    /// IssueInstant.
    pub issue_instant: Timestamp,
    /// The one NameID of the subject.
    pub name_id: Option<NameId>,
    /// All confirmations.
    pub confirmations: Vec<SubjectConfirmation>,
    /// Conditions.
    pub conditions: Option<Conditions>,
    /// Authentication statements.
    pub authn_statements: Vec<AuthnStatement>,
    /// All attributes in order.
    pub attributes: Vec<Attribute>,
}
