//! Reads XML strictly, canonicalises it, signs and verifies it. Knows nothing of SAML.
//!
//! This module owns the trust boundary: attackers' bytes enter through [`dom::Document::parse`], and the only way to
//! *believe* an element is the [`Verified`] that [`verify::verify`] returns. It does not read clocks, files or networks,
//! and it never looks at a key that the message brought along.
//!
//! * [`limits`]: what is too much, with the reason for each figure
//! * [`dom`]: the strict parser and its arena tree (parts: `parser`, `characters`, `references`, `namespaces`)
//! * [`c14n`]: exclusive canonicalisation without comments
//! * [`algorithms`]: the identifiers that exist here; everything else is refused
//! * [`keys`]: verifying keys, and signing keys bound to one purpose · [`generate`]: new ones · [`certificate`]: what publishes them
//! * [`verify`]: a signed element becomes a [`Verified`] element, or a refusal (its parts: `signature_parts`)
//! * `sha1`: RSA-SHA1, to sign with and only where an operator insists
//! * [`build`]: elements under construction, written in canonical form
//! * [`sign`]: an enveloped signature put into such an element
//! * [`encrypt`]: an element made unreadable for everybody but one party
//! * [`error`]: every refusal with its stable code
//! * [`guard`]: guards that tests switch off one at a time

pub mod algorithms;
pub mod build;
pub mod c14n;
pub mod certificate;
mod characters;
pub mod dom;
pub mod encrypt;
pub mod error;
pub mod generate;
pub mod guard;
pub mod keys;
pub mod limits;
mod namespaces;
mod parser;
mod references;
mod sha1;
pub mod sign;
mod signature_parts;
pub mod verify;

pub use verify::Verified;
