//! Which addresses a request of ours may reach.

use identity::guard;
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Public addresses, and the networks that the operator listed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Network {
    private: Vec<IpNet>,
}

impl Network {
    pub(crate) fn with(private: Vec<IpNet>) -> Self {
        Self { private }
    }

    /// Whether a request may go there.
    pub(crate) fn admits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        is_public(address)
            || self.private.iter().any(|net| net.contains(&address))
            || !guard::stands("outbound.address")
    }
}

/// No address of a host may be reached.
#[derive(Debug, thiserror::Error)]
#[error("no address there may be reached; private networks are named in outbound.networks")]
pub(crate) struct Forbidden;

/// Resolves a name once, and lets only admitted addresses through: what was judged is what is connected to, so that a name
/// cannot change its mind in between.
pub(crate) struct Resolver(pub(crate) Network);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let network = self.0.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let admitted: Vec<SocketAddr> = found
                .filter(|address| network.admits(address.ip()))
                .collect();
            if admitted.is_empty() {
                return Err(Forbidden.into());
            }
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}

/// Whether anybody on the Internet could be there (IANA special-purpose address registries).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = a == 0
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (18..20).contains(&b))
        || (a, b, c) == (192, 0, 0);
    !(special
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_documentation())
}

/// 2000::/3 without the parts that carry IPv4 addresses (6to4, Teredo) or belong to documentation.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let global = first & 0xe000 == 0x2000;
    let special = first == 0x2002 || (first == 0x2001 && (second < 0x200 || second == 0xdb8));
    global && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_addresses_are_not_public() {
        for address in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fc00::1",
            "fe80::1",
            "ff02::1",
            "64:ff9b::a00:1",
            "2001::1",
            "2001:db8::1",
            "2002:a00:1::",
            "::ffff:10.0.0.1",
        ] {
            assert!(
                !Network::default().admits(address.parse().unwrap()),
                "{address}"
            );
        }
        for address in [
            "93.184.216.34",
            "2606:2800:220:1:248:1893:25c8:1946",
            "::ffff:8.8.8.8",
        ] {
            assert!(
                Network::default().admits(address.parse().unwrap()),
                "{address}"
            );
        }
    }
}
