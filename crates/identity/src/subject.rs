//! `Identity`: issuer, subject, attributes, when and how — the narrow waist.

use jiff::Timestamp;
use saml::messages::{Attribute, NameId};

/// Who somebody is, vouched by whom, with which attributes, when, how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Entity ID of whoever vouches.
    pub issuer: String,
    /// The subject, as the issuer names it.
    pub name_id: NameId,
    /// SessionIndex at the issuer, for logout.
    pub session_index: Option<String>,
    /// Attributes in order.
    pub attributes: Vec<Attribute>,
    /// When the person proved who they are.
    pub authenticated_at: Timestamp,
    /// How: an AuthnContextClassRef.
    pub class_ref: String,
}
