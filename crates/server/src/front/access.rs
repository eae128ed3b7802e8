//! The access log: one event a request. Never the query, the body, a cookie or a token; not the path either, which may hold
//! a transaction, but the template of the route.

use crate::http::Passage;
use hyper::{Method, StatusCode};
use std::time::Duration;
use uuid::Uuid;

/// One answered request.
pub(super) struct Entry<'a> {
    pub(super) door: &'static str,
    pub(super) method: &'a Method,
    pub(super) passage: &'a Passage,
    pub(super) status: StatusCode,
    pub(super) took: Duration,
}

pub(super) fn log(entry: &Entry<'_>) {
    // Written here: what is recorded by its `Display` is written twice.
    let moment = &entry.passage.moment;
    let client = moment.client.map(|client| client.to_string());
    let mut buffer = Uuid::encode_buffer();
    let correlation = moment.correlation.hyphenated();
    let correlation = &*correlation.encode_lower(&mut buffer);
    tracing::info!(
        target: "portaria::access",
        door = entry.door,
        method = entry.method.as_str(),
        route = entry.passage.template().unwrap_or("-"),
        status = entry.status.as_u16(),
        microseconds = u64::try_from(entry.took.as_micros()).unwrap_or(u64::MAX),
        client = client.as_deref(),
        correlation,
        "answered"
    );
}
