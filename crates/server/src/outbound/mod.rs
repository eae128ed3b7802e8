//! Requests that we send to addresses which somebody registered.
//!
//! This module owns where such requests may go: over https (or to this machine, where that is configured), to what a name
//! resolved to once, to public addresses and to those private networks that the operator listed, without following
//! redirects. It does not own what is sent.
//!
//! * `client`: what every request of ours has in common · `network`: which addresses are nobody else's business
//! * `courier`: logout tokens

mod client;
mod courier;
mod network;

pub(crate) use client::{Lazy, NoBody, Patience, body, builder, streaming};
pub(crate) use network::{Forbidden, Network, Resolver};

use axum::http::StatusCode;
use ipnet::IpNet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// How long the other side may take: a person waits for the first request.
const PATIENCE: Patience = Patience {
    connect: Duration::from_secs(3),
    answer: Duration::from_secs(5),
};

/// What sends them. Cheap to clone.
#[derive(Clone)]
pub struct Outbound(Arc<Inner>);

struct Inner {
    network: Network,
    client: Lazy,
}

/// Why a request was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OutboundFault {
    /// The address is none to which we send.
    #[error("the address is not one to which we send")]
    Address,
    /// No answer, or none in time.
    #[error("there was no answer")]
    NoAnswer,
}

impl Outbound {
    /// With these networks beside the public ones.
    pub fn new(private: Vec<IpNet>) -> Self {
        let network = Network::with(private);
        let resolver = Arc::new(Resolver(network.clone()));
        let client = Lazy::new(move || builder(PATIENCE).dns_resolver(Arc::clone(&resolver)));
        Self(Arc::new(Inner { network, client }))
    }

    /// Posts a form; the status of the answer.
    pub async fn post(
        &self,
        url: &str,
        form: &[(&str, &str)],
    ) -> Result<StatusCode, OutboundFault> {
        let url = self.admit(url).ok_or(OutboundFault::Address)?;
        let client = self.0.client.get();
        let client = client.map_err(|_| OutboundFault::NoAnswer)?;
        let sent = client.post(url).form(form).send().await;
        let answer = sent.map_err(|_| OutboundFault::NoAnswer)?;
        Ok(answer.status())
    }

    /// The URL, if we send there at all. Names are judged when they are resolved.
    fn admit(&self, url: &str) -> Option<Url> {
        let url = Url::parse(url).ok()?;
        let literal = match url.host()? {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
        };
        let secure = match url.scheme() {
            "https" => true,
            "http" => literal.is_some_and(|address| address.is_loopback()),
            _ => false,
        };
        let admitted = literal.is_none_or(|address| self.0.network.admits(address));
        (secure && admitted).then_some(url)
    }
}

impl Default for Outbound {
    /// To public networks only.
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_over_tls_are_admitted_by_default() {
        let outbound = Outbound::default();
        assert!(outbound.admit("https://app.example.com/logout").is_some());
        assert!(outbound.admit("https://93.184.216.34/").is_some());
        for url in [
            "http://app.example.com/logout",
            "http://93.184.216.34/",
            "https://127.0.0.1/",
            "http://127.0.0.1:8080/",
            "https://169.254.169.254/latest/meta-data/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://2130706433/",
            "https://0x7f.1/",
            "file:///etc/passwd",
            "com.example.app:/logout",
            "",
        ] {
            assert!(outbound.admit(url).is_none(), "{url}");
        }
    }

    #[test]
    fn listed_networks_are_admitted_and_plain_http_only_on_this_machine() {
        let networks = ["127.0.0.0/8", "10.1.0.0/16"];
        let outbound = Outbound::new(networks.map(|text| text.parse().unwrap()).to_vec());
        for url in ["http://127.0.0.1:8080/", "https://10.1.2.3/"] {
            assert!(outbound.admit(url).is_some(), "{url}");
        }
        for url in ["http://10.1.2.3/", "https://10.2.0.1/", "http://[::1]/"] {
            assert!(outbound.admit(url).is_none(), "{url}");
        }
    }

    #[tokio::test]
    async fn name_of_a_private_address_is_not_connected_to() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!("https://localhost:{port}/");
        let posted = Outbound::default().post(&url, &[]).await;
        assert_eq!(posted, Err(OutboundFault::NoAnswer));
        let came = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
        assert!(came.is_err(), "somebody connected");
    }
}
