//! Tokens of a cloud's federation: who somebody is first, what the token opens after that.
//!
//! This module owns unscoped tokens, the scoped ones made from them, and their end. It does not own the wire shape, nor the
//! rules that read attributes ([`crate::mapping`]).
//!
//! * [`unscoped`]: a response that nobody asked for buys an unscoped token · [`sign_on`]: so does one that we asked for, in a
//!   browser or by an enhanced client · [`judged`]: what both have in common · [`id_token`]: an ID token buys one too
//! * [`person`]: whom a mapping makes of what was said · [`compiled`]: rules, compiled once
//! * [`kept_user`]: assertions that name a user whom the domain keeps
//! * [`history`]: sign-ins that are remembered, to try changed rules on
//! * [`scope`]: what a person may open · [`scoped`]: a token for one project or the domain, by token or by password
//! * [`token`]: checking, showing and revoking them · [`issue`]: their text · [`revocations`]: the list of revoked ones, published
//! * [`registration`]: identity providers, protocols, rules and metadata, registered by administrators
//!
//! A domain is an organization; a project is one of its accounts, and account `0` is the domain itself.

mod compiled;
pub mod history;
mod id_token;
mod issue;
mod judged;
mod kept_user;
mod person;
pub mod registration;
mod revocations;
mod scope;
mod scoped;
mod sign_on;
mod token;
mod unscoped;

pub(crate) use compiled::CompiledMappings;
pub use registration::{SAML, SsoType};
pub(crate) use revocations::RevocationLists;
pub use revocations::Revocations;
pub use scope::{Named, Wanted};
pub use scoped::PasswordProof;
pub use sign_on::Finished;
pub use token::{
    Domain, FederationToken, Group, IssuedFederationToken, Method, OPENID, Project, Scope,
};
