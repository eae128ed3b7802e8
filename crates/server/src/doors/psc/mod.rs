//! A cloud PSC for our own people (`/v0/oauth/*`), so that a rehearsal or a small deployment needs no other cloud.
//!
//! This module owns the wire shape. It does not decide anything. Signing itself, the authorization code grant and certificates
//! belong to a real PSC and are not offered.
//!
//! * [`sessions`]: open, check, revoke, find

mod sessions;

use crate::app::App;
use crate::config;
use axum::Router;
use axum::routing::{get, post};
use identity::Unavailable;
use std::sync::Arc;

/// What a handler works with.
#[derive(Clone)]
struct Psc {
    app: App,
    organization: Arc<str>,
    client: Arc<config::gateway::Psc>,
}

/// Every URL of the door.
pub fn router(app: App, config: &config::Door) -> Result<Router, Unavailable> {
    let client = config
        .psc
        .clone()
        .ok_or_else(|| Unavailable::because("a psc door needs its client"))?;
    let psc = Psc {
        app,
        organization: config.organization.as_str().into(),
        client: Arc::new(client),
    };
    Ok(Router::new()
        .route("/v0/oauth/pwd_authorize", post(sessions::open))
        .route("/v0/oauth/revoke", post(sessions::revoke))
        .route("/v0/oauth/user-discovery", post(sessions::find))
        .route("/v0/oauth/certificate-discovery", get(sessions::check))
        .with_state(psc))
}
