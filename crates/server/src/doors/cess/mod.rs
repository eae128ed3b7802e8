//! The gateway in front of a signing service, as CESS's document fixes it: each transaction authenticates itself, and goes on to
//! an upstream.
//!
//! This module owns the wire shape: headers, problem documents, forwarding. It does not decide anything.
//!
//! * [`transaction`]: any path: authenticate, forward, end · [`revoke`]: `POST /revoke`
//! * [`headers`]: what a client shows and asks, and what it is told
//! * [`forward`]: the request to the upstream, and its answer · [`onward`]: their headers · [`patience`]: how long to wait for it
//! * [`ending`]: the end of a transaction, whatever happens
//! * [`problem`]: refusals as problem documents

mod ending;
mod forward;
pub(crate) mod headers;
mod onward;
mod patience;
pub(crate) mod problem;
mod revoke;
mod transaction;

use crate::app::App;
use crate::config;
use crate::psc::Clouds;
use axum::Router;
use axum::routing::post;
use forward::Upstreams;
use identity::Unavailable;
use identity::gateway::Gateway;
use identity::gateway::providers::{Provider, Providers};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// How often this process says that it answers for its transactions, and looks for those of processes that are gone.
const ROUND: Duration = Duration::from_secs(5);

/// What a handler works with.
#[derive(Clone)]
struct Cess {
    app: App,
    gateway: Arc<Gateway>,
    upstreams: Arc<Upstreams>,
}

/// The gateway that a door is for. Fails where its providers do not fit together.
pub(crate) fn gateway(config: &config::Door) -> Result<Arc<Gateway>, Unavailable> {
    let settings = settings(config)?;
    let clouds = Clouds::new(&settings.provider);
    let providers = providers(settings)
        .ok_or_else(|| Unavailable::because("the providers do not fit together"))?;
    Ok(Arc::new(Gateway::new(
        &config.organization,
        providers,
        Arc::new(clouds),
    )))
}

/// Every URL of the door. Fails where it has no settings.
pub(crate) fn router(
    app: App,
    config: &config::Door,
    gateway: Arc<Gateway>,
) -> Result<Router, Unavailable> {
    let settings = settings(config)?;
    let upstreams = Upstreams::new(&settings.upstream);
    tokio::spawn(keep(app.clone(), Arc::downgrade(&gateway)));
    let cess = Cess {
        app,
        gateway,
        upstreams: Arc::new(upstreams),
    };
    Ok(Router::new()
        .route("/revoke", post(revoke::revoke))
        .fallback(transaction::transaction)
        .method_not_allowed_fallback(revoke::wrong_method)
        .with_state(cess))
}

fn settings(config: &config::Door) -> Result<&config::Gateway, Unavailable> {
    config
        .gateway
        .as_ref()
        .ok_or_else(|| Unavailable::because("a cess door needs its gateway"))
}

fn providers(settings: &config::Gateway) -> Option<Providers> {
    let list: Vec<Provider> = settings
        .provider
        .iter()
        .map(|p| Provider {
            id: p.id.clone(),
            addresses: p
                .addresses
                .iter()
                .copied()
                .chain(own_address(p))
                .map(|a| (a.ip(), a.port()))
                .collect(),
            schema: p.schema,
            longest: p.longest,
        })
        .collect();
    let default = settings
        .default_provider
        .clone()
        .or_else(|| list.first().map(|p| p.id.clone()))?;
    Providers::new(list, &default, settings.lifetime)
}

/// The address in a provider's URL, where one stands there.
fn own_address(provider: &config::gateway::Provider) -> Option<SocketAddr> {
    let ip = match provider.url.host()? {
        url::Host::Ipv4(ip) => IpAddr::V4(ip),
        url::Host::Ipv6(ip) => IpAddr::V6(ip),
        url::Host::Domain(_) => return None,
    };
    Some(SocketAddr::new(ip, provider.url.port_or_known_default()?))
}

/// Holds what is under way and ends what was left open, until the door is gone.
async fn keep(app: App, gateway: std::sync::Weak<Gateway>) {
    let mut ticks = tokio::time::interval(ROUND);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(gateway) = gateway.upgrade() else {
            return;
        };
        let moment = app.moment(None);
        let held = app.service.hold_transactions(&moment, &gateway).await;
        let ended = app.service.end_left_open(&moment, &gateway).await;
        match held.and(ended) {
            Ok(0) => {}
            Ok(sessions) => tracing::info!(sessions, "ended sessions that were left open"),
            Err(unavailable) => {
                let error = &unavailable as &dyn std::error::Error;
                tracing::warn!(error, "could not look after open sessions");
            }
        }
    }
}
