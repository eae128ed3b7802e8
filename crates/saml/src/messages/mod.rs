//! The messages of SAML core: what they say, to and from XML. Whether to believe one is for [`crate::validate`].

mod assertion;
mod authn_request;
mod envelope;
mod logout;
mod name_id;
mod status;

pub use assertion::{Assertion, Attribute, AuthnStatement, Conditions, SubjectConfirmation};
pub use authn_request::{AuthnRequest, NameIdPolicy};
pub use logout::{LogoutRequest, LogoutResponse};
pub use name_id::NameId;
pub use status::Status;

pub(crate) use envelope::{is_id, issuer};
