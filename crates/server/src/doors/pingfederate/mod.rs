//! The HTML form adapter and the endpoints that clients of PingFederate expect.
//!
//! This module owns URLs, field names, cookies and short texts of that shape; it does not own who may sign in (`identity`)
//! nor what happens between a request and an answer (`sign_on`), and it looks like us, not like the product.
//!
//! * [`sign_in`]: `/idp/SSO.saml2`, `/idp/startSSO.ping` and the form that resumes them · [`transaction`]: what the form's URL
//!   holds · [`sign_out`]: `/idp/SLO.saml2`, `/idp/startSLO.ping` · [`cookie`]: `PF` · [`pages`]

mod cookie;
mod pages;
mod sign_in;
mod sign_out;
mod transaction;

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
    let at = |path: &str| {
        config
            .origins()
            .iter()
            .map(|origin| format!("{origin}{path}"))
            .collect()
    };
    IdentityProvider {
        organization: config.organization.clone(),
        door: config.kind.name().to_owned(),
        entity_id: config.entity_id.clone().unwrap_or_else(|| config.origin()),
        sso: at("/idp/SSO.saml2"),
        soap: Vec::new(),
        slo: at("/idp/SLO.saml2"),
        signed: Signed::Assertion,
        prefixes: Prefixes::Short,
        name_id: NameIdSource::PrincipalName,
        dialect: Dialect::Plain,
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
        .route("/idp/SSO.saml2", get(sign_in::get).post(sign_in::post))
        .route(
            "/idp/startSSO.ping",
            get(sign_in::get_start).post(sign_in::post_start),
        )
        .route(
            "/idp/{transaction}/resumeSAML20/idp/{page}",
            get(sign_in::get_resume).post(sign_in::post_resume),
        )
        .route("/idp/SLO.saml2", get(sign_out::get))
        .route("/idp/startSLO.ping", get(sign_out::get_start))
        .route("/pf/federation_metadata.ping", get(metadata))
        .route("/pf/heartbeat.ping", get(heartbeat))
        .with_state(Arc::new(desk))
        .merge(style::routes())
}

/// The same for every partner: nothing in it depends on who reads it.
async fn metadata(State(desk): State<Arc<Desk>>, visit: Visit) -> Response {
    match desk.metadata(&visit.moment).await {
        Ok(xml) => ([(CONTENT_TYPE, "application/samlmetadata+xml")], xml).into_response(),
        Err(unavailable) => Failure::from(unavailable).page(visit.words, &visit.moment),
    }
}

async fn heartbeat() -> &'static str {
    "OK"
}
