//! The sign-in pages and endpoints that clients of Entra ID expect.
//!
//! This module owns URLs, field names, the `$Config` of each page, cookies and short texts of that shape; it does not own who
//! may sign in (`identity`) nor what happens between a request and an answer (`sign_on`), and it looks like us, not like the
//! product.
//!
//! * [`sign_in`]: `/{directory}/saml2` and `/{directory}/login` · [`second_factor`]: `/common/SAS/…`, [`proofs`]: the ways to prove one · [`kmsi`]: "stay signed
//!   in?", then the hand-over · [`credential_type`]: what the page's script asks between user name and password
//! * [`sign_out`]: logout by redirect and from our own page
//! * [`giving_up`]: the page that gives up · [`turn`]: one question of a page's script, [`said`]: one answer · [`settings`]: `$Config` · [`pages`] · [`script`] · [`cookies`] · [`door`]: what every handler has

mod cookies;
mod credential_type;
mod door;
mod giving_up;
mod kmsi;
mod pages;
mod proofs;
mod said;
mod script;
mod second_factor;
mod settings;
mod sign_in;
mod sign_out;
mod turn;

use crate::app::App;
use crate::config;
use crate::pages::style;
use crate::sign_on::{Desk, Failure, Visit};
use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use door::Door;
use identity::entities::{Dialect, IdentityProvider, NameIdSource};
use saml::bindings::redirect::Order;
use saml::issue::{Prefixes, Signed};
use std::sync::Arc;

/// Who we are at this door, as configured.
pub fn entity(config: &config::Door) -> IdentityProvider {
    let directory = directory(config);
    let endpoints: Vec<String> = config
        .origins()
        .iter()
        .map(|origin| format!("{origin}/{directory}/saml2"))
        .collect();
    IdentityProvider {
        organization: config.organization.clone(),
        door: config.kind.name().to_owned(),
        entity_id: config
            .entity_id
            .clone()
            .unwrap_or_else(|| format!("{}/{directory}/", config.origin())),
        sso: endpoints.clone(),
        soap: Vec::new(),
        slo: endpoints,
        signed: Signed::Assertion,
        prefixes: Prefixes::Short,
        name_id: NameIdSource::PrincipalName,
        dialect: Dialect::Claims,
        order: Order::Standard,
        default_domain: config.domain.clone(),
    }
}

/// `config::door::check` refuses a door without one.
fn directory(config: &config::Door) -> &str {
    config.directory.as_deref().unwrap_or_default()
}

/// Every URL of the door.
pub fn router(app: App, config: &config::Door) -> Router {
    let directory = directory(config);
    let desk = Desk {
        app,
        entity: entity(config),
        origin: config.origin(),
    };
    let door = Door {
        desk,
        directory: directory.to_owned(),
    };
    let at = |page: &str| format!("/{directory}/{page}");
    Router::new()
        .route(&at("saml2"), get(sign_in::get).post(sign_in::post))
        .route(&at("login"), post(sign_in::post_login))
        .route("/common/login", post(sign_in::post_login))
        .route("/common/reprocess", get(sign_in::get_again))
        .route("/common/GetCredentialType", post(credential_type::post))
        .route("/common/SAS/BeginAuth", post(second_factor::post_begin))
        .route("/common/SAS/EndAuth", post(second_factor::post_end))
        .route("/common/SAS/ProcessAuth", post(second_factor::post_process))
        .route("/kmsi", post(kmsi::post))
        .route(&at("oauth2/v2.0/logout"), get(sign_out::get))
        .route("/common/oauth2/v2.0/logout", get(sign_out::get))
        .route(
            &at("federationmetadata/2007-06/federationmetadata.xml"),
            get(metadata),
        )
        .route(script::PATH, get(script::serve))
        .with_state(Arc::new(door))
        .merge(style::routes())
}

async fn metadata(State(door): State<Arc<Door>>, visit: Visit) -> Response {
    match door.desk.metadata(&visit.moment).await {
        Ok(xml) => ([(CONTENT_TYPE, "application/samlmetadata+xml")], xml).into_response(),
        Err(unavailable) => giving_up::page(&Failure::from(unavailable), &visit),
    }
}
