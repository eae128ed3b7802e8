//! The messages of SAML core: what they say, to and from XML. Whether to believe one is for [`crate::validate`].

mod assertion;
mod authn_request;
mod logout;

pub use assertion::{Assertion, Attribute, AuthnStatement, Conditions, NameId, SubjectConfirmation};
pub use authn_request::{AuthnRequest, NameIdPolicy};
pub use logout::{LogoutRequest, LogoutResponse, Status};
