//! Cloud PSCs over HTTP (`/v0/oauth/*`): the other end of `identity::gateway::psc`.
//!
//! This module owns the dialling: what is sent where, how often, how long to wait, when to leave a provider alone. It does not
//! decide what an answer means for a transaction.
//!
//! * [`clouds`]: the calls · [`breaker`]: when a provider is left alone · [`wire`]: the documents that travel

mod breaker;
mod clouds;
pub(crate) mod wire;

pub(crate) use clouds::Clouds;
