//! What the crate must do and must refuse, seen from outside.

mod documented_tokens;
mod hostile_tokens;
mod redirect_uris;
