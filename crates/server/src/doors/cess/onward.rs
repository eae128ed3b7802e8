//! The headers that go on to an upstream, and those of its answer that come back.

use super::headers::{CONFIGURATION, HOLDER, OURS, PROVIDER};
use crate::front::client::FORWARDED as FORWARDED_BY_PROXIES;
use crate::http::Scheme;
use hyper::HeaderMap;
use hyper::Version;
use hyper::header::{
    AUTHORIZATION, CONNECTION, EXPECT, FORWARDED, HOST, HeaderName, HeaderValue,
    PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE, VIA,
};
use hyper::http::request::Parts;
use identity::gateway::sessions::Transaction;
use std::net::IpAddr;

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

/// The way by which a request came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    /// From whom.
    pub(super) client: Option<IpAddr>,
    /// By what.
    pub(super) scheme: Scheme,
}

/// The headers of a request as they go on: without what concerns us or one connection, and with who is behind it, which
/// nobody but us says.
pub(super) fn of_request(received: &Parts, way: Way, transaction: &Transaction) -> HeaderMap {
    let mut headers = received.headers.clone();
    remove_hop_by_hop(&mut headers);
    let foreign: Vec<HeaderName> = headers
        .keys()
        .filter(|name| !goes_on(name))
        .cloned()
        .collect();
    for name in foreign {
        headers.remove(name);
    }
    if let Some(holder) = &transaction.holder {
        put(&mut headers, HOLDER, holder.as_str());
    }
    put(&mut headers, PROVIDER, &transaction.provider);
    put(&mut headers, FORWARDED, &forwarded(received, way));
    headers.append(VIA, via(received.version));
    headers
}

/// Adds the access token, for an upstream that is handed it.
pub(super) fn with_token(headers: &mut HeaderMap, transaction: &Transaction) {
    let bearer = format!("Bearer {}", transaction.token().expose());
    put(headers, AUTHORIZATION, &bearer);
}

/// Takes off what concerns the connection to the upstream only.
pub(super) fn of_answer(headers: &mut HeaderMap) {
    remove_hop_by_hop(headers);
}

fn goes_on(name: &HeaderName) -> bool {
    let text = name.as_str();
    // CGI and its heirs read `X_Portaria_Holder` and `X-Portaria-Holder` as one and the same variable, so that a second
    // spelling of a name would say to an upstream what only we may say.
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !text.starts_with(OURS)
        && !SPENT.contains(name)
        && !FORWARDED_BY_PROXIES.contains(&text)
}

/// RFC 7239 §4 and §5: for whom, which host they asked, and whether with TLS. What the client said in this header itself is gone.
fn forwarded(received: &Parts, way: Way) -> String {
    // RFC 9113 §8.3.1: in HTTP/2 the host stands in the request line alone.
    let host = received
        .headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| {
            received
                .uri
                .authority()
                .map(axum::http::uri::Authority::as_str)
        });
    let host = host.map(|host| format!("host=\"{}\"", host.replace(['"', '\\'], "")));
    let client = way.client.map(|client| match client {
        IpAddr::V4(v4) => format!("for={v4}"),
        // RFC 7239 §6: an address of version 6 stands in brackets and quotes.
        IpAddr::V6(v6) => format!("for=\"[{v6}]\""),
    });
    let proto = format!("proto={}", way.scheme.name());
    let parts: Vec<String> = client.into_iter().chain(host).chain([proto]).collect();
    parts.join(";")
}

/// RFC 9110 §7.6.3: whoever passes a request on says so, with the version in which it came.
fn via(received: Version) -> HeaderValue {
    HeaderValue::from_static(match received {
        Version::HTTP_2 => "2.0 portaria",
        Version::HTTP_10 => "1.0 portaria",
        _ => "1.1 portaria",
    })
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
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
    use hyper::Request;

    fn parts(uri: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn told(uri: &str, headers: &[(&str, &str)], (client, scheme): (&str, Scheme)) -> String {
        let client = client.parse().ok();
        forwarded(&parts(uri, headers), Way { client, scheme })
    }

    #[test]
    fn upstream_learns_for_whom_for_which_host_and_by_what() {
        let host = [("host", "cess.local:8080")];
        assert_eq!(
            told("/", &host, ("192.0.2.7", Scheme::Http)),
            r#"for=192.0.2.7;host="cess.local:8080";proto=http"#
        );
        assert_eq!(
            told("/", &host, ("2001:db8::7", Scheme::Https)),
            r#"for="[2001:db8::7]";host="cess.local:8080";proto=https"#
        );
        assert_eq!(
            told("https://cess.local/", &[], ("", Scheme::Https)),
            r#"host="cess.local";proto=https"#
        );
    }

    #[test]
    fn what_concerns_one_connection_stays_there() {
        let list = [
            ("connection", "close, x-private"),
            ("x-private", "1"),
            ("te", "trailers"),
            ("accept", "*/*"),
        ];
        let mut headers = parts("/", &list).headers;
        remove_hop_by_hop(&mut headers);
        assert_eq!(
            headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(),
            ["accept"]
        );
    }

    #[test]
    fn no_spelling_of_what_only_we_say_goes_on() {
        for name in [
            "x-portaria-holder",
            "X_Portaria_Holder",
            "x.portaria.holder",
            "x-portaria_holder",
            "x-portaria-anything",
            "x_forwarded_for",
            "x-forwarded-for",
            "content_length",
            "authorization",
            "vcschemacfg",
        ] {
            assert!(!goes_on(&name.parse().unwrap()), "{name}");
        }
        for name in ["x-own", "accept", "cookie", "content-length", "x-portaria2"] {
            assert!(goes_on(&name.parse().unwrap()), "{name}");
        }
    }
}
