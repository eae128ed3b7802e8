//! The sign-in page and endpoints that clients of AD FS expect.
//!
//! This module owns URLs, field names, cookies and short texts of that shape; it does not own who may sign in (`identity`)
//! nor what happens between a request and an answer (`sign_on`), and it looks like us, not like the product.
//!
//! * [`sign_in`]: `/adfs/ls/`: sign-in, second factor, hand-over · [`sign_out`]: logout by redirect and from our own page
//! * [`address`]: the URL that pages and redirects repeat · [`cookies`] · [`pages`]

mod address;
mod cookies;
mod pages;
mod sign_in;
mod sign_out;

use crate::app::App;
use crate::config;
use crate::pages::style;
use crate::sign_on::{Desk, Failure, Visit};
use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use identity::entities::{Dialect, IdentityProvider, NameIdSource};
use saml::bindings::redirect::Order;
use saml::issue::{Prefixes, Signed};
use std::sync::Arc;

/// Who we are at this door, as configured.
pub fn entity(config: &config::Door) -> IdentityProvider {
    // Clients write the path with and without its last slash; the first stands in metadata.
    let endpoints: Vec<String> = config
        .origins()
        .iter()
        .flat_map(|origin| [format!("{origin}/adfs/ls/"), format!("{origin}/adfs/ls")])
        .collect();
    IdentityProvider {
        organization: config.organization.clone(),
        door: config.kind.name().to_owned(),
        entity_id: config
            .entity_id
            .clone()
            .unwrap_or_else(|| format!("{}/adfs/services/trust", config.origin())),
        sso: endpoints.clone(),
        soap: Vec::new(),
        slo: endpoints,
        signed: Signed::Assertion,
        prefixes: Prefixes::Short,
        name_id: NameIdSource::Guid,
        dialect: Dialect::Claims,
        // The documented answer to a logout request ends in SigAlg.
        order: Order::SigAlgLast,
        default_domain: config.domain.clone(),
    }
}

/// Every URL of the door.
pub fn router(app: App, config: &config::Door) -> Router {
    let desk = Desk {
        app,
        entity: entity(config),
        origin: config.origin(),
    };
    Router::new()
        .route("/adfs/ls", get(sign_in::get).post(sign_in::post))
        .route("/adfs/ls/", get(sign_in::get).post(sign_in::post))
        .route(
            "/adfs/ls/{page}",
            get(sign_in::get_initiated).post(sign_in::post_initiated),
        )
        .route(
            "/FederationMetadata/2007-06/FederationMetadata.xml",
            get(metadata),
        )
        .with_state(Arc::new(desk))
        .merge(style::routes())
}

async fn metadata(State(desk): State<Arc<Desk>>, visit: Visit) -> Response {
    match desk.metadata(&visit.moment).await {
        Ok(xml) => ([(CONTENT_TYPE, "application/samlmetadata+xml")], xml).into_response(),
        Err(unavailable) => Failure::from(unavailable).page(visit.words, &visit.moment),
    }
}
