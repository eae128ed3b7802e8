//! A sign-in door where single sign-on begins: the addresses that Shibboleth's identity provider has.
//!
//! This module owns URLs, field names, cookies and short texts of that shape; it does not own who may sign in (`identity`)
//! nor what happens between a request and an answer (`sign_on`), and it looks like us, not like the product.
//!
//! * [`sign_in`]: `/idp/profile/SAML2/Unsolicited/SSO`, `/idp/profile/SAML2/Redirect/SSO` and their form · [`cookie`] · [`pages`]
//! * [`enhanced`]: `/idp/profile/SAML2/SOAP/ECP`, for clients without a browser · [`links`]: coming in by an e-mailed link

mod cookie;
mod enhanced;
mod links;
mod pages;
mod sign_in;

use crate::app::App;
use crate::config;
use crate::pages::style;
use crate::sign_on::{Desk, Failure, Visit};
use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use identity::entities::{Dialect, IdentityProvider, NameIdSource};
use saml::bindings::redirect::Order;
use saml::issue::{Prefixes, Signed};
use std::sync::Arc;

/// Where a relying party's request arrives.
const REQUEST: &str = "/idp/profile/SAML2/Redirect/SSO";
/// Where an enhanced client brings a relying party's request.
const ENHANCED: &str = "/idp/profile/SAML2/SOAP/ECP";
/// Where a sign-on begins that nobody asked for.
const UNSOLICITED: &str = "/idp/profile/SAML2/Unsolicited/SSO";

/// Who we are at this door, as configured.
pub fn entity(config: &config::Door) -> IdentityProvider {
    let host = config.hosts.first().cloned().unwrap_or_default();
    let at = |path: &'static str| move |origin: &String| format!("{origin}{path}");
    IdentityProvider {
        organization: config.organization.clone(),
        door: config.kind.name().to_owned(),
        // Huawei's document: the entity ID in the IdP's metadata is the host name, without a scheme.
        entity_id: config.entity_id.clone().unwrap_or(host),
        sso: config.origins().iter().map(at(REQUEST)).collect(),
        soap: config.origins().iter().map(at(ENHANCED)).collect(),
        // A logout message would have no place to go: nothing is published.
        slo: Vec::new(),
        signed: Signed::Assertion,
        prefixes: Prefixes::Short,
        name_id: NameIdSource::PrincipalName,
        dialect: Dialect::Plain,
        order: Order::RelayStateLast,
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
    let letters = desk.app.post.delivers();
    let mut routes = Router::new()
        .route(UNSOLICITED, get(sign_in::unsolicited).post(sign_in::typed))
        .route(REQUEST, get(sign_in::redirected).post(sign_in::posted))
        .route(ENHANCED, post(enhanced::carried))
        .route("/idp/shibboleth", get(metadata));
    if letters {
        routes = routes.merge(links::routes());
    }
    routes.with_state(Arc::new(desk)).merge(style::routes())
}

async fn metadata(State(desk): State<Arc<Desk>>, visit: Visit) -> Response {
    match desk.metadata(&visit.moment).await {
        Ok(xml) => ([(CONTENT_TYPE, "application/samlmetadata+xml")], xml).into_response(),
        Err(unavailable) => Failure::from(unavailable).page(visit.words, &visit.moment),
    }
}
