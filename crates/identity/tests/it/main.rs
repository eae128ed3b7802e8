//! The rules, asked as doors ask them, over real stores.

#![allow(missing_docs, reason = "tests say in their names what they are about")]
#![allow(
    clippy::unwrap_used,
    reason = "what a test's support unwraps fails that test"
)]

mod admission;
mod approvals;
mod backup;
mod conformance;
mod declare;
mod earlier_release;
mod failures;
mod federation;
mod federation_checks;
mod federation_history;
mod federation_id_token;
mod federation_sign_on;
mod gateway;
mod grants;
mod kept_users;
mod keys;
mod legacy_requests;
mod login;
mod logout;
mod metadata_sources;
mod people;
mod psc;
mod queries;
mod reconcile;
mod refusals;
mod replies;
mod second_factor;
mod secrets;
mod settled;
mod sign_on;
mod single_use;
mod support;
mod tenancy;
mod tokens;
