//! OAuth 2.0 messages and JSON Web Tokens. Pure: bytes, keys and `now` in; typed messages or a refusal out.
//!
//! This crate owns what the standards say about single messages; it remembers nothing, so "used before", "revoked" and "does
//! this client exist" are not answered here.
//!
//! * [`error`]: refusals with the code of RFC 6749 and a stable code of ours
//! * [`form`]: parameters of a query or a form body, each at most once
//! * [`scope`]: `scope`, bounded
//! * [`redirect_uri`]: which addresses may be registered, and what equals a registered one
//! * [`authorize`]: the authorization request and its answers (RFC 6749 §4.1, §4.2; RFC 9207)
//! * [`pkce`]: proof key for code exchange (RFC 7636), S256 only
//! * [`client`]: client authentication (RFC 6749 §2.3.1)
//! * [`secret`]: what must never be printed
//! * [`token`]: the token endpoint's requests and answers
//! * [`introspect`]: introspection (RFC 7662) and revocation (RFC 7009)
//! * [`device`]: the device flow's messages and user codes (RFC 8628)
//! * [`openid`]: what ID tokens and logout tokens say (OpenID Connect Core, Back-Channel Logout)
//! * [`end_session`]: sign-outs that applications ask for (OpenID Connect RP-Initiated Logout)
//! * [`discovery`]: the metadata documents (RFC 8414, OpenID Connect Discovery)
//! * [`jwt`]: compact signed tokens, one type per purpose (RFC 7515, 7519, 8725)
//! * [`jwks`]: published keys (RFC 7517)

pub mod authorize;
mod base64url;
pub mod client;
pub mod device;
pub mod discovery;
pub mod end_session;
pub mod error;
pub mod form;
pub mod guard;
pub mod introspect;
mod json;
pub mod jwks;
pub mod jwt;
pub mod openid;
pub mod pkce;
pub mod redirect_uri;
pub mod scope;
pub mod secret;
pub mod token;
