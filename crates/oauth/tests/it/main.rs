//! What the crate must do and must refuse, seen from outside.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod documented_tokens;
mod foreign_id_tokens;
mod hostile_tokens;
mod redirect_uris;
