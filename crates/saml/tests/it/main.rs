//! The crate as its callers see it: whole messages in, verified types or refusals out.

mod support;

mod assertion_rules;
mod encrypted;
mod issuing;
mod logouts;
mod metadata;
mod properties;
mod redirect;
mod requests;
mod vendors;
mod wrapping;
