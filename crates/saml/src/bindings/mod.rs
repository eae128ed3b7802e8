//! The bindings: how messages travel. Encode and decode only; who may be believed is for [`crate::validate`].

pub mod post;
pub mod redirect;
