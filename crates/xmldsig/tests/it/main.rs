//! What the crate promises, from outside.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests are not marked as tests themselves"
)]
#![expect(
    clippy::format_push_string,
    reason = "hostile documents read best as formats"
)]

mod differential;
mod documents;
mod encryption;
mod interop;
mod keys;
mod laws;
mod oracle;
mod refuse;
mod roundtrip;
