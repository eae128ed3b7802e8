//! `[outbound]`: where requests of ours may go beside the Internet, and whose certificates count there.

use crate::config::fault::Fault;
use ipnet::IpNet;
use std::net::IpAddr;
use std::path::PathBuf;

/// Requests to addresses that applications registered, such as those that tell them of a logout, and to those of metadata.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Outbound {
    /// Private networks in which applications live, such as `10.1.0.0/16` or `127.0.0.1`. None: only public addresses.
    pub networks: Vec<String>,
    /// File (PEM) of certificate authorities of one's own, beside those that the system trusts.
    pub authorities: Option<PathBuf>,
}

impl Outbound {
    /// The networks, as far as they are any.
    pub fn networks(&self) -> Vec<IpNet> {
        self.networks
            .iter()
            .filter_map(|text| network(text))
            .collect()
    }

    pub(super) fn check(&self, faults: &mut Vec<Fault>) {
        for (index, text) in self.networks.iter().enumerate() {
            if network(text).is_none() {
                let at = format!("outbound.networks[{index}]");
                faults.push(Fault::new(
                    at,
                    "must be an address or a network such as 10.1.0.0/16",
                ));
            }
        }
    }
}

fn network(text: &str) -> Option<IpNet> {
    text.parse()
        .ok()
        .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_and_single_addresses_are_read() {
        let section = |networks: &[&str]| Outbound {
            networks: networks.iter().map(|&text| text.to_owned()).collect(),
            ..Outbound::default()
        };
        let good = section(&["10.1.0.0/16", "127.0.0.1", "fd00::/8"]);
        let mut faults = Vec::new();
        good.check(&mut faults);
        assert!(faults.is_empty());
        assert_eq!(good.networks().len(), 3);
        section(&["10.1.0.0/33", "intranet"]).check(&mut faults);
        let places: Vec<_> = faults.iter().map(|fault| fault.at.as_str()).collect();
        assert_eq!(places, ["outbound.networks[0]", "outbound.networks[1]"]);
    }
}
