//! The bindings: how messages travel. Encode and decode only; who may be believed is for [`crate::validate`].

pub mod post;
pub mod redirect;
pub mod soap;

mod base64;
mod deflate;

use crate::error::Refusal;

/// A refusal by a binding.
fn refused(code: &'static str, text: &'static str) -> Refusal {
    Refusal::Binding { code, text }
}
