//! The crate as its callers see it: whole messages in, verified types or refusals out.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed; helpers are not seen as tests"
)]

mod support;

mod assertion_rules;
mod encrypted;
mod issuing;
mod logouts;
mod metadata;
mod metadata_shapes;
mod properties;
mod redirect;
mod requests;
mod rows;
mod vendors;
mod wrapping;

#[path = "../mutations/mod.rs"]
mod mutations;
