//! What goes to the upstream, and what comes back: streamed both ways, nothing buffered.

use super::onward::{self, Way};
use super::patience::{Chunks, Patience};
use crate::config::gateway;
use crate::outbound::{self, Lazy};
use axum::extract::Request;
use hyper::http::Response;
use hyper::{StatusCode, Version};
use identity::gateway::sessions::Transaction;
use jiff::SignedDuration;
use std::time::Duration;
use url::Url;

/// How long a connection to an upstream may take to come about.
const CONNECT: Duration = Duration::from_secs(5);
/// The configured upstreams, longest path first.
pub(super) struct Upstreams(Vec<Upstream>);

struct Upstream {
    settings: gateway::Upstream,
    timeout: Duration,
    http: Lazy,
}

/// A request that has an upstream.
pub(super) struct Forwarding<'u> {
    upstream: &'u Upstream,
    url: Url,
}

/// Why an upstream gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UpstreamFault {
    /// No connection came about.
    NotReached,
    /// It did not answer in time.
    TooSlow,
    /// The connection broke, or what came is no answer.
    Broken,
}

impl UpstreamFault {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::TooSlow => StatusCode::GATEWAY_TIMEOUT,
            Self::NotReached | Self::Broken => StatusCode::BAD_GATEWAY,
        }
    }

    pub(super) fn code(self) -> &'static str {
        match self {
            Self::NotReached => "gateway.upstream_unreachable",
            Self::TooSlow => "gateway.upstream_timeout",
            Self::Broken => "gateway.upstream_failure",
        }
    }
}

impl Upstreams {
    pub(super) fn new(list: &[gateway::Upstream]) -> Self {
        let mut list: Vec<_> = list.iter().map(Upstream::new).collect();
        list.sort_by_key(|upstream| std::cmp::Reverse(upstream.settings.path.len()));
        Self(list)
    }

    /// The upstream of a request's path.
    pub(super) fn prepare(&self, request: &Request) -> Option<Forwarding<'_>> {
        let path = request.uri().path();
        let upstream = self.0.iter().find(|u| is_below(path, &u.settings.path))?;
        let mut url = upstream.settings.url.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}{path}"));
        url.set_query(request.uri().query());
        Some(Forwarding { upstream, url })
    }
}

impl Upstream {
    fn new(settings: &gateway::Upstream) -> Self {
        let timeout = settings.timeout.try_into().unwrap_or(CONNECT);
        let http2 = settings.http2;
        let http = Lazy::new(move || {
            let http = outbound::streaming(CONNECT);
            if http2 {
                http.http2_prior_knowledge()
            } else {
                http
            }
        });
        Self {
            settings: settings.clone(),
            timeout,
            http,
        }
    }
}

impl Forwarding<'_> {
    /// How long sessions live that are opened for this application, if it has a say.
    pub(super) fn lifetime(&self) -> Option<SignedDuration> {
        self.upstream.settings.lifetime
    }

    /// Sends the request on, and returns the head of the answer with its body still to come.
    pub(super) async fn send(
        self,
        request: Request,
        (transaction, way): (&Transaction, Way),
    ) -> Result<(Response<()>, Chunks), UpstreamFault> {
        let (parts, body) = request.into_parts();
        let mut headers = onward::of_request(&parts, way, transaction);
        if self.upstream.settings.forward_token {
            onward::with_token(&mut headers, transaction);
        }
        let empty = hyper::body::Body::is_end_stream(&body);
        let http = self.upstream.http.get();
        let http = http.map_err(|_| UpstreamFault::NotReached)?;
        let mut sending = http
            .request(parts.method, self.url.clone())
            .headers(headers);
        let patience = Patience::new(self.upstream.timeout);
        if !empty {
            let chunks = patience.clone().hearing(body.into_data_stream());
            sending = sending.body(reqwest::Body::wrap_stream(chunks));
        }
        let sent = patience.wait(sending.send()).await;
        let answer = sent.ok_or(UpstreamFault::TooSlow)?.map_err(|error| {
            if error.is_connect() {
                UpstreamFault::NotReached
            } else {
                UpstreamFault::Broken
            }
        })?;
        let answer: Response<reqwest::Body> = answer.into();
        let (mut parts, body) = answer.into_parts();
        onward::of_answer(&mut parts.headers);
        // RFC 9112 §2.3: the version is that of each connection. An answer in HTTP/1.0 would have ours closed.
        parts.version = Version::default();
        let chunks = patience.limiting(http_body_util::BodyDataStream::new(body));
        Ok((Response::from_parts(parts, ()), chunks))
    }
}

fn is_below(path: &str, prefix: &str) -> bool {
    let prefix = prefix.trim_end_matches('/');
    path.strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_whole_segments() {
        assert!(is_below("/sign/file", "/sign"));
        assert!(is_below("/sign", "/sign/"));
        assert!(is_below("/anything", "/"));
        assert!(!is_below("/signature", "/sign"));
    }
}
