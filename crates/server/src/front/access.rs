//! The access log: one event a request. Never the query, the body, a cookie or a token; not the path either, which may hold
//! a transaction, but the template of the route.

use crate::router::Route;
use axum::response::Response;
use hyper::Method;
use identity::Moment;
use std::time::Duration;

/// One answered request.
pub(super) struct Entry<'a> {
    pub(super) door: &'static str,
    pub(super) method: &'a Method,
    pub(super) response: &'a Response,
    pub(super) moment: &'a Moment,
    pub(super) took: Duration,
}

pub(super) fn log(entry: &Entry<'_>) {
    let route = entry
        .response
        .extensions()
        .get::<Route>()
        .map_or("-", |route| route.0.as_str());
    let client = entry.moment.client.map(tracing::field::display);
    tracing::info!(
        target: "portaria::access",
        door = entry.door,
        method = entry.method.as_str(),
        route,
        status = entry.response.status().as_u16(),
        microseconds = u64::try_from(entry.took.as_micros()).unwrap_or(u64::MAX),
        client,
        correlation = %entry.moment.correlation,
        "answered"
    );
}
