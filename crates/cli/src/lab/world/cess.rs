//! The lab's gateway: `http://cess.local` in front of an echo, with two cloud PSCs that keep the same holder.

use identity::declare::{Organization, User};
use identity::login::Secret;
use jiff::SignedDuration;
use server::config::gateway::{Gateway, Provider, Psc, Upstream};
use server::config::{Door, Kind};
use std::net::SocketAddr;

pub(in crate::lab) const HOST: &str = "cess.local";
/// The CPF of the holder.
pub(in crate::lab) const HOLDER: &str = "52998224725";
/// The providers; the first is meant where none is named.
pub(in crate::lab) const PROVIDERS: [&str; 2] = ["SOLUTI", "VAULTID"];
const ORGANIZATION: &str = "cess";
const CLIENT: &str = "portaria-lab";

/// The gateway's organization, and one for the people of each PSC.
pub(super) fn organizations(totp: &str) -> Vec<Organization> {
    let gateway = Organization {
        id: ORGANIZATION.to_owned(),
        name: Some("Signing service".to_owned()),
        ..Organization::default()
    };
    let psc = |provider: &str| Organization {
        id: organization(provider),
        name: Some(provider.to_owned()),
        user: vec![User {
            name: HOLDER.to_owned(),
            full_name: Some("Titular de Teste".to_owned()),
            totp: Some(totp.to_owned()),
            ..User::default()
        }],
        ..Organization::default()
    };
    std::iter::once(gateway)
        .chain(PROVIDERS.into_iter().map(psc))
        .collect()
}

/// A PSC, on a plain listener of its own.
pub(in crate::lab) fn psc_door(provider: &str, client_secret: &Secret) -> Door {
    Door {
        plain: true,
        psc: Some(Psc {
            client_id: CLIENT.to_owned(),
            client_secret: client_secret.clone(),
            redirect_uris: Vec::new(),
        }),
        ..Door::new(Kind::Psc, &organization(provider), "127.0.0.1")
    }
}

/// The gateway, in front of PSCs at `providers` and an upstream at `upstream`.
pub(in crate::lab) fn door(
    providers: &[SocketAddr],
    upstream: SocketAddr,
    client_secret: &Secret,
) -> anyhow::Result<Door> {
    let url = |address: SocketAddr| format!("http://{address}").parse();
    let mut provider = Vec::new();
    for (id, address) in PROVIDERS.into_iter().zip(providers) {
        provider.push(Provider {
            id: id.to_owned(),
            url: url(*address)?,
            client_id: CLIENT.to_owned(),
            client_secret: client_secret.clone(),
            schema: true,
            addresses: Vec::new(),
            longest: None,
        });
    }
    let gateway = Gateway {
        default_provider: None,
        lifetime: SignedDuration::from_hours(12),
        provider,
        upstream: vec![Upstream {
            path: "/".to_owned(),
            url: url(upstream)?,
            forward_token: false,
            lifetime: None,
            timeout: SignedDuration::from_mins(1),
            http2: false,
        }],
    };
    Ok(Door {
        plain: true,
        gateway: Some(gateway),
        ..Door::new(Kind::Cess, ORGANIZATION, HOST)
    })
}

fn organization(provider: &str) -> String {
    format!("psc-{}", provider.to_ascii_lowercase())
}
