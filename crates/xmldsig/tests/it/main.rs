//! What the crate promises, from outside.

mod keys;
mod roundtrip;
