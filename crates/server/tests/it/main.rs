//! The server as clients meet it: real sockets, a database in memory, a clock that tests set.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod doors;
mod flood;
mod foreign;
mod forward_auth;
mod framing;
mod logs;
mod metadata;
mod slowness;
mod stopping;
mod support;
mod telemetry;
mod tls;
mod unavailable;
