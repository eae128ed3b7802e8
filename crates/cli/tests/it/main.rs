//! Command in, text out.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod backup;
mod explain;
mod lab;
mod login;
mod mapping;
mod operating;
mod program;
mod usage;
