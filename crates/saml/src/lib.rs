//! SAML 2.0. Bytes, keys, expectations and `now` go in; a verified type or a refusal comes out. No clock, no randomness,
//! no network, no log.
//!
//! In the order of the standard:
//! * [`names`]: identifiers, formats, status codes · [`time`]: `xs:dateTime` as SAML writes it
//! * [`messages`]: AuthnRequest, Response, Assertion, LogoutRequest, LogoutResponse (SAML core)
//! * [`bindings`]: HTTP-Redirect, HTTP-POST and SOAP (SAML bindings §3.2, §3.4, §3.5): encode and decode only
//! * [`ecp`]: the enhanced client (SAML profiles §4.2): the header blocks around messages that travel by SOAP and PAOS
//! * [`metadata`]: entity descriptors, read and written
//! * [`validate`]: the lists of rules that a message must pass, for accepting and for explaining
//! * [`issue`]: responses and assertions, built and signed
//! * [`error`]: every refusal with its stable code · [`guard`]: which of them refuses, for tests

pub mod bindings;
pub mod ecp;
pub mod error;
pub mod guard;
pub mod issue;
pub mod messages;
pub mod metadata;
pub mod names;
pub mod time;
pub mod validate;
