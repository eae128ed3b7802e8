//! What goes to the upstream, and what comes back: streamed both ways, nothing buffered.

use super::headers::{CONFIGURATION, HOLDER, OURS, PROVIDER};
use super::patience::{Chunks, Patience};
use crate::config::gateway;
use axum::extract::Request;
use hyper::header::{
    AUTHORIZATION, CONNECTION, EXPECT, FORWARDED, HOST, HeaderName, HeaderValue,
    PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use hyper::http::Response;
use hyper::{HeaderMap, StatusCode};
use identity::gateway::sessions::Transaction;
use reqwest::Client;
use std::net::IpAddr;
use std::time::Duration;
use url::Url;

/// How long a connection to an upstream may take to come about.
const CONNECT: Duration = Duration::from_secs(5);
/// RFC 9110 §7.6.1, and its ancestors: what concerns one connection only.
const HOP_BY_HOP: [HeaderName; 9] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];
/// Headers that are for the gateway itself: credentials, what a client asks of its session, whether to go on sending.
const SPENT: [HeaderName; 4] = [EXPECT, AUTHORIZATION, CONFIGURATION, HOST];

/// The configured upstreams, longest path first.
pub(super) struct Upstreams(Vec<Upstream>);

struct Upstream {
    settings: gateway::Upstream,
    timeout: Duration,
    http: Client,
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
    pub(super) fn new(list: &[gateway::Upstream]) -> Result<Self, reqwest::Error> {
        let mut list = list
            .iter()
            .map(Upstream::new)
            .collect::<Result<Vec<_>, _>>()?;
        list.sort_by_key(|upstream| std::cmp::Reverse(upstream.settings.path.len()));
        Ok(Self(list))
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
    fn new(settings: &gateway::Upstream) -> Result<Self, reqwest::Error> {
        let timeout = settings.timeout.try_into().unwrap_or(CONNECT);
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .connect_timeout(CONNECT);
        let http = if settings.http2 {
            http.http2_prior_knowledge()
        } else {
            http
        };
        Ok(Self {
            settings: settings.clone(),
            timeout,
            http: http.build()?,
        })
    }
}

impl Forwarding<'_> {
    /// Sends the request on, and returns the head of the answer with its body still to come.
    pub(super) async fn send(
        self,
        request: Request,
        from: (&Transaction, Option<IpAddr>),
    ) -> Result<(Response<()>, Chunks), UpstreamFault> {
        let (parts, body) = request.into_parts();
        let headers = self.headers(&parts.headers, from);
        let empty = hyper::body::Body::is_end_stream(&body);
        let mut sending = self
            .upstream
            .http
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
        remove_hop_by_hop(&mut parts.headers);
        let chunks = patience.limiting(http_body_util::BodyDataStream::new(body));
        Ok((Response::from_parts(parts, ()), chunks))
    }

    fn headers(
        &self,
        received: &HeaderMap,
        (transaction, client): (&Transaction, Option<IpAddr>),
    ) -> HeaderMap {
        let mut headers = received.clone();
        remove_hop_by_hop(&mut headers);
        for name in SPENT {
            headers.remove(name);
        }
        let claimed: Vec<HeaderName> = headers
            .keys()
            .filter(|name| name.as_str().starts_with(OURS))
            .cloned()
            .collect();
        for name in claimed {
            headers.remove(name);
        }
        if let Some(holder) = &transaction.holder {
            put(&mut headers, HOLDER, holder.as_str());
        }
        put(&mut headers, PROVIDER, &transaction.provider);
        if self.upstream.settings.forward_token {
            put(
                &mut headers,
                AUTHORIZATION,
                &format!("Bearer {}", transaction.token().expose()),
            );
        }
        put(&mut headers, FORWARDED, &forwarded(received, client));
        headers
    }
}

/// RFC 7239 §4: for whom, and which host they asked. The front took off what the client said in this header itself.
fn forwarded(received: &HeaderMap, client: Option<IpAddr>) -> String {
    let host = received.get(HOST).and_then(|host| host.to_str().ok());
    let host = host.map(|host| format!("host=\"{}\"", host.replace(['"', '\\'], "")));
    let client = client.map(|client| match client {
        IpAddr::V4(v4) => format!("for={v4}"),
        // RFC 7239 §6: an address of version 6 stands in brackets and quotes.
        IpAddr::V6(v6) => format!("for=\"[{v6}]\""),
    });
    let parts: Vec<String> = client.into_iter().chain(host).collect();
    parts.join(";")
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn is_below(path: &str, prefix: &str) -> bool {
    let prefix = prefix.trim_end_matches('/');
    path.strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.into_iter().chain(HOP_BY_HOP) {
        headers.remove(name);
    }
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

    #[test]
    fn upstream_learns_for_whom_and_for_which_host() {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("cess.local:8080"));
        let [v4, v6] = ["192.0.2.7", "2001:db8::7"].map(|text| text.parse().ok());
        assert_eq!(
            forwarded(&headers, v4),
            r#"for=192.0.2.7;host="cess.local:8080""#
        );
        assert_eq!(
            forwarded(&headers, v6),
            r#"for="[2001:db8::7]";host="cess.local:8080""#
        );
        assert_eq!(forwarded(&headers, None), r#"host="cess.local:8080""#);
    }

    #[test]
    fn what_concerns_one_connection_stays_there() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, x-private"),
            ("x-private", "1"),
            ("te", "trailers"),
            ("accept", "*/*"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        remove_hop_by_hop(&mut headers);
        assert_eq!(
            headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(),
            ["accept"]
        );
    }
}
