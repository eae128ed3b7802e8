//! Tokens of a cloud's federation: who somebody is first, what the token opens after that.
//!
//! This module owns unscoped tokens, the scoped ones made from them, and their end. It does not own the wire shape, nor the
//! rules that read attributes ([`crate::mapping`]).
//!
//! * [`unscoped`]: a response that nobody asked for buys an unscoped token · [`person`]: whom a mapping makes of an assertion
//! * [`compiled`]: rules, compiled once · [`kept_user`]: assertions that name a user whom the domain keeps
//! * [`scope`]: what a person may open · [`scoped`]: a token for one project or the domain, by token or by password
//! * [`token`]: checking, showing and revoking them · [`issue`]: their text · [`revocations`]: the list of revoked ones, published
//! * [`registration`]: identity providers, protocols, rules and metadata, registered by administrators
//!
//! A domain is an organization; a project is one of its accounts, and account `0` is the domain itself.

mod compiled;
mod issue;
mod kept_user;
mod person;
pub mod registration;
mod revocations;
mod scope;
mod scoped;
mod token;
mod unscoped;

pub(crate) use compiled::CompiledMappings;
pub use registration::SsoType;
pub(crate) use revocations::RevocationLists;
pub use revocations::Revocations;
pub use scope::{Named, Wanted};
pub use scoped::PasswordProof;
pub use token::{Domain, FederationToken, Group, IssuedFederationToken, Method, Project, Scope};
