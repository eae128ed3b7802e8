//! The client's address, and whether its way to us is encrypted.

use crate::front::Peer;
use crate::http::Scheme;
use hyper::HeaderMap;
use hyper::header::{HeaderName, USER_AGENT};
use hyper::http::request::Parts;
use std::net::IpAddr;
use std::sync::Arc;

/// Who asks, as far as the socket or a listed proxy tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Client {
    /// Its address.
    pub(super) address: IpAddr,
    /// Whether nobody on the way reads along: TLS with us, or a listed proxy that had it.
    pub(super) secure: bool,
    /// What it spoke.
    pub(super) scheme: Scheme,
}

/// Headers by which proxies speak about their clients. From anybody else they are lies, and are gone before a door looks.
pub(crate) const FORWARDED: [&str; 6] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-port",
    "x-real-ip",
];

/// Reads what a listed proxy says; strips it in any case.
pub(super) fn resolve(parts: &mut Parts, peer: Peer, proxies: &[IpAddr]) -> Client {
    let listed = proxies.contains(&peer.address);
    let forwarded = if listed {
        rightmost_unlisted(parts, proxies)
    } else {
        None
    };
    let scheme = scheme(parts, peer, listed);
    // Mostly there are none, and looking at the few that came costs less than looking for six.
    let is_told = |name: &&HeaderName| FORWARDED.contains(&name.as_str());
    let told: Vec<HeaderName> = parts.headers.keys().filter(is_told).cloned().collect();
    for name in told {
        parts.headers.remove(name);
    }
    Client {
        address: forwarded.unwrap_or(peer.address),
        secure: peer.tls || listed,
        scheme,
    }
}

/// A listed proxy has TLS unless it says that its client came without.
fn scheme(parts: &Parts, peer: Peer, listed: bool) -> Scheme {
    let plain = if listed {
        let said = parts.headers.get("x-forwarded-proto");
        said.is_some_and(|said| said.as_bytes().eq_ignore_ascii_case(b"http"))
    } else {
        !peer.tls
    };
    if plain { Scheme::Http } else { Scheme::Https }
}

/// The longest name of a browser that is kept.
const LONGEST_NAME: usize = 256;

/// How the client names itself, as far as it can be shown to a person later.
pub(super) fn browser(headers: &HeaderMap) -> Option<Arc<str>> {
    let name = headers.get(USER_AGENT)?.to_str().ok()?;
    // `to_str` lets visible ASCII through only: every byte is a character.
    Some(name[..name.len().min(LONGEST_NAME)].into())
}

/// Each proxy appends whom it heard from, so the last address that is no proxy of ours is the last one that is known.
fn rightmost_unlisted(parts: &Parts, proxies: &[IpAddr]) -> Option<IpAddr> {
    let values = parts.headers.get_all("x-forwarded-for").iter().rev();
    let addresses = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.rsplit(','));
    for text in addresses {
        let address = text.trim().parse().ok()?;
        if !proxies.contains(&address) {
            return Some(address);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::Request;

    fn resolved(peer: &str, forwarded: &[&str]) -> String {
        let mut request = Request::builder().header("x-forwarded-host", "evil.example.com");
        for value in forwarded {
            request = request.header("x-forwarded-for", *value);
        }
        let mut parts = request.body(()).unwrap().into_parts().0;
        let peer = Peer {
            address: peer.parse().unwrap(),
            tls: true,
        };
        let client = resolve(
            &mut parts,
            peer,
            &["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()],
        );
        assert!(parts.headers.is_empty());
        client.address.to_string()
    }

    #[test]
    fn only_a_listed_proxy_speaks_for_its_client() {
        assert_eq!(resolved("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(resolved("10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(resolved("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn only_a_listed_proxy_says_what_its_client_spoke() {
        let scheme = |address: &str, tls, said: Option<&str>| {
            let mut request = Request::builder();
            if let Some(said) = said {
                request = request.header("x-forwarded-proto", said);
            }
            let mut parts = request.body(()).unwrap().into_parts().0;
            let address = address.parse().unwrap();
            resolve(
                &mut parts,
                Peer { address, tls },
                &["10.0.0.1".parse().unwrap()],
            )
            .scheme
        };
        assert_eq!(scheme("192.0.2.1", true, Some("http")), Scheme::Https);
        assert_eq!(scheme("192.0.2.1", false, Some("https")), Scheme::Http);
        assert_eq!(scheme("10.0.0.1", false, Some("http")), Scheme::Http);
        assert_eq!(scheme("10.0.0.1", false, Some("https")), Scheme::Https);
        assert_eq!(scheme("10.0.0.1", false, None), Scheme::Https);
    }

    #[test]
    fn what_the_client_wrote_itself_is_not_believed() {
        assert_eq!(
            resolved("10.0.0.1", &["1.1.1.1, 198.51.100.7, 10.0.0.2"]),
            "198.51.100.7"
        );
        assert_eq!(
            resolved("10.0.0.1", &["1.1.1.1", "198.51.100.7"]),
            "198.51.100.7"
        );
        assert_eq!(resolved("10.0.0.1", &["1.1.1.1, nonsense"]), "10.0.0.1");
    }
}
