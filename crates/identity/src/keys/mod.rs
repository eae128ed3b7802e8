//! Our own keys: one ring per organization, per door or application, and per role; sealed in the store.
//!
//! This module owns which key of a ring signs, which ones are published and accepted beside it, and which are dead; it does
//! not sign, decrypt or publish anything.
//!
//! * `generation`: one key in its time · `make`: new keys, and keys that come from elsewhere
//! * `ring`: the living keys of one role, parsed · [`manage`]: what an operator may do: list, rotate, kill; `jwt`: with those
//!   that sign our own JWTs

mod generation;
mod jwt;
mod make;
pub mod manage;
mod ring;

pub use generation::{Generation, Holder, State};
pub(crate) use make::{Own, imported, made};
pub(crate) use ring::{KeyRing, Parsed, Ring, algorithm, following};
