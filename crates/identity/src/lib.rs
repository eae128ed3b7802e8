//! The rules: who may sign in, what they get, how it ends; and the store that remembers. No HTTP.
//!
//! This crate owns every decision. A door asks one question and renders the outcome; it never decides.
//!
//! * [`moment`]: when, with which randomness, asked from where — an argument of every rule
//! * [`subject`]: `Identity`, the narrow waist: every way of signing in makes one, everything that vouches takes one
//! * [`entities`]: our own SAML entities at the doors, as configuration describes them
//! * [`service`]: `Service`: store + keys + settings
//! * [`login`]: a person proves who they are: password → second factor → done · `sessions`: what they get at a sign-in door
//! * [`people`]: what people change themselves: password, second factor, sessions; and links by e-mail
//! * [`waiting`]: a judged request that waits for a person
//! * [`codes`]: one-time codes judged · [`approvals`]: proofs that come from a person's telephone
//! * [`sso`]: being an identity provider: judge a request · `statement`: what it says about a person
//! * [`reply`]: how one relying party is answered · `vouch`: the response
//! * [`providers`]: being a service provider: begin a sign-on elsewhere, finish it with a token · [`browser_sign_on`]: in the browser where it began
//! * [`tokens`]: bearer tokens: check, revoke · [`accounts`]: what a token opens · [`directory`]: who may enter there · [`admission`]: other people's APIs, [`introspection`]: what they may ask
//! * [`logout`]: single logout, both roles
//! * [`applications`]: the parties that trust us, by protocol · [`grants`]: what they are granted: codes, tokens, JWTs
//! * [`federation`]: a cloud's federation: unscoped tokens, and what they are scoped to
//! * [`gateway`]: sessions at cloud PSCs, in front of a signing service
//! * [`mapping`]: attributes → user name and groups, in Huawei's and Keystone's dialects
//! * [`metadata_sources`]: metadata and keys of the other side that are fetched again · `sought_keys`: because a token names one that is not there
//! * [`declare`]: what an operator declares (`portaria apply`), reconciled with the store
//! * [`vault`]: secrets sealed with a key that is not in the database
//! * [`audit`]: what happened, append only
//! * [`keys`]: our own keys, and how they follow each other · [`jwt_keys`]: those that sign our own JWTs
//! * `published`: our metadata · `peers`: what metadata says of others
//! * `passwords`, `imported_hash`, `totp`, `throttle`: what a sign-in judges
//! * `digest`: how opaque secrets are kept · `reuse`: answers of the store that are used again for a short while, `settled`: what is declared among them · [`guard`]: which refusal is whose work, for tests
//! * [`expiry`]: when certificates end
//! * [`error`]: refusals with two faces, and the one failure that is nobody's fault
//! * [`store`]: the only SQL

pub mod accounts;
pub mod admission;
pub mod applications;
pub mod approvals;
pub mod audit;
pub mod browser_sign_on;
mod codes;
pub mod declare;
mod digest;
pub mod directory;
pub mod entities;
pub mod error;
pub mod expiry;
pub mod federation;
pub mod gateway;
pub mod grants;
pub mod guard;
mod imported_hash;
pub mod introspection;
pub mod jwt_keys;
pub mod keys;
pub mod login;
pub mod logout;
pub mod mapping;
pub mod metadata_sources;
pub mod moment;
mod passwords;
mod peers;
pub mod people;
pub mod providers;
mod published;
pub mod reply;
mod reuse;
pub mod service;
mod sessions;
mod settled;
mod sought_keys;
pub mod sso;
mod statement;
pub mod store;
pub mod subject;
mod throttle;
pub mod tokens;
mod totp;
pub mod vault;
mod vouch;
pub mod waiting;

pub use error::{Refused, Unavailable};
pub use moment::Moment;
pub use service::Service;
