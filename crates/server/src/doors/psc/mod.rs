//! A cloud PSC for our own people (`/v0/oauth/*`), so that a rehearsal or a small deployment needs no other cloud.
//!
//! This module owns the wire shape. It does not decide anything. Signing itself and certificates belong to a real PSC and are
//! not offered.
//!
//! * [`sessions`]: open, check, revoke, find · [`grants`]: the authorization code grant · [`pages`]: its page

mod grants;
mod pages;
mod sessions;

use crate::app::App;
use crate::config;
use axum::Router;
use axum::routing::{get, post};
use identity::Unavailable;
use identity::gateway::own::codes::PscClient;
use identity::login::Secret;
use oauth::redirect_uri::RedirectUri;
use std::sync::Arc;

/// What a handler works with.
#[derive(Clone)]
struct Psc {
    app: App,
    organization: Arc<str>,
    client: Arc<PscClient>,
    secret: Secret,
}

/// Every URL of the door.
pub fn router(app: App, config: &config::Door) -> Result<Router, Unavailable> {
    let settings = config
        .psc
        .as_ref()
        .ok_or_else(|| Unavailable::because("a psc door needs its client"))?;
    let redirect_uris = settings.redirect_uris.iter();
    let client = PscClient {
        id: settings.client_id.clone(),
        redirect_uris: redirect_uris
            .map(|uri| RedirectUri::register(uri))
            .collect::<Result<_, _>>()
            .map_err(|why| Unavailable::because(why.to_string()))?,
        issuer: config.origin(),
    };
    let psc = Psc {
        app,
        organization: config.organization.as_str().into(),
        client: Arc::new(client),
        secret: settings.client_secret.clone(),
    };
    Ok(Router::new()
        .route("/v0/oauth/pwd_authorize", post(sessions::open))
        .route(
            "/v0/oauth/authorize",
            get(grants::authorize).post(grants::allow),
        )
        .route("/v0/oauth/token", post(grants::token))
        .route("/oauth", post(grants::token))
        .route("/v0/oauth/revoke", post(sessions::revoke))
        .route("/v0/oauth/user-discovery", post(sessions::find))
        .route("/v0/oauth/certificate-discovery", get(sessions::check))
        .with_state(psc)
        .merge(crate::pages::style::routes()))
}
