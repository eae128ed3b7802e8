//! Being a PSC for our own people.
//!
//! This module owns sessions that are opened with a person's one-time code, directly or through a page; it does not sign
//! anything and keeps no certificates. The holder is a person of the organization whose user name is the CPF or CNPJ; the code
//! is that of the person's second factor, and it is spent in the transaction that opens the session or allows it.
//!
//! * [`scope`]: what a session is for, how long it may live, how often it serves
//! * [`sessions`]: opened with a code, checked, revoked
//! * [`codes`]: the authorization code grant with PKCE: a person allows an application to open one

pub mod codes;
pub mod scope;
pub mod sessions;

pub use scope::Scope;
pub use sessions::PscRequest;
