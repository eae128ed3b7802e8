//! What the crate promises, from outside.

mod differential;
mod documents;
mod keys;
mod oracle;
mod roundtrip;
