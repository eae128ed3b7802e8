//! A signed element becomes a [`Verified`] element, or a refusal.

use crate::dom::Element;
use crate::error::SignatureError;
use crate::keys::VerifyingKey;

/// Something that a configured key vouches for. Only this crate makes one out of a message; others may only look closer.
#[derive(Debug, Clone, Copy)]
pub struct Verified<T>(T);

impl<T> Verified<T> {
    /// What was verified.
    pub fn get(&self) -> &T {
        &self.0
    }
    /// A part of what was verified, or a reading of it.
    pub fn try_map<U, E>(self, look: impl FnOnce(T) -> Result<U, E>) -> Result<Verified<U>, E> {
        look(self.0).map(Verified)
    }
    /// Gives up the mark.
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// Whether a `ds:Signature` is a direct child.
pub fn has_signature(_element: Element<'_>) -> bool {
    todo!()
}

/// Verifies the enveloped signature that is a direct child of `element` with one of `keys`.
pub fn verify<'d>(_element: Element<'d>, _keys: &[VerifyingKey]) -> Result<Verified<Element<'d>>, SignatureError> {
    todo!()
}
