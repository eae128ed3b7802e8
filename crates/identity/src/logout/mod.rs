//! Single logout: both roles of SAML (profiles §4.4), by redirect, and that of an OpenID provider.
//!
//! This module owns who may end what: [`service_provider`] asks an identity provider to end a session and obeys when one asks;
//! [`identity_provider`] ends sessions and tells the parties that took part ([`party`]), one after another through the browser;
//! [`relying_party`] judges the sign-outs that OAuth applications ask for, and [`back_channel`] tells them directly; [`parting`]
//! says how each application took it. What ends, ends before anybody is told: a party that never answers keeps nothing alive
//! (security: L3).

pub mod back_channel;
mod identity_provider;
pub mod parting;
mod party;
pub mod relying_party;
mod service_provider;

use crate::error::{Refused, Unavailable};
use crate::guard;
use crate::peers::with_query;
use jiff::Timestamp;
use saml::bindings::redirect::{self, Order, Outgoing};
use saml::error::Refusal;
use saml::messages::{LogoutRequest, LogoutResponse};
use xmldsig::algorithms::SignatureAlgorithm;
use xmldsig::dom::Document;
use xmldsig::keys::{Purpose, SigningKey};
use xmldsig::limits::Limits;

/// What a service provider's logout endpoint answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogoutOutcome {
    /// A LogoutResponse was accepted; the session's tokens are dead.
    Done,
    /// A LogoutRequest was obeyed; the browser goes on to this URL with our LogoutResponse.
    Redirect(String),
}

/// A LogoutRequest that nobody vouched for yet: good for finding out whose keys to ask.
fn claimed_request(xml: &[u8]) -> Result<LogoutRequest, Refused> {
    let document = Document::parse(xml, &Limits::MESSAGE).map_err(Refusal::from)?;
    Ok(LogoutRequest::read(document.root())?)
}

/// A LogoutResponse that nobody vouched for yet.
fn claimed_response(xml: &[u8]) -> Result<LogoutResponse, Refused> {
    let document = Document::parse(xml, &Limits::MESSAGE).map_err(Refusal::from)?;
    Ok(LogoutResponse::read(document.root())?)
}

/// The moment at which the ticket in an answer's `InResponseTo` must still be good: an answer to a request that is over is one
/// that nobody waits for (security: L06).
fn awaited_at(now: Timestamp) -> Timestamp {
    if guard::stands("logout.in_response_to") {
        now
    } else {
        Timestamp::MIN
    }
}

/// The URL that carries a signed message.
fn signed_url<P: Purpose>(
    url: &str,
    message: Outgoing<'_>,
    (key, algorithm): (&SigningKey<P>, SignatureAlgorithm),
    order: Order,
) -> Result<String, Unavailable> {
    let query =
        redirect::encode(message, key, algorithm, order).map_err(|e| Unavailable(Box::new(e)))?;
    Ok(with_query(url, &query))
}

fn refused<T>(code: &'static str, detail: &str) -> Result<T, Refused> {
    Err(Refused::new(code, detail))
}
