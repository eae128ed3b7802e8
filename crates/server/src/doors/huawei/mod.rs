//! Huawei Cloud IAM's federation: responses of identity providers in, unscoped tokens out, and tokens scoped to projects.
//!
//! This module owns the wire shape: paths, headers, documents, status codes, error codes. It does not decide anything.
//!
//! * [`problem`]: errors in the two shapes of the API · [`call`]: one request, and the outcome of a rule as an answer
//! * [`federation`]: `/v3.0/OS-FEDERATION/tokens` · [`tokens`]: `/v3/auth/tokens` · [`request`]: what a token request asks for
//! * [`lists`]: projects and domains · [`document`]: the body of a token · [`metadata`]: ours as a service provider

mod call;
mod document;
mod federation;
mod lists;
mod metadata;
mod problem;
mod request;
mod tokens;

use crate::app::App;
use crate::config;
use crate::config::huawei::CatalogService;
use axum::Router;
use axum::routing::{get, post};
use call::{Call, Failure};
use identity::entities::ServiceProvider;
use problem::Problem;
use std::sync::Arc;

/// Name for metrics.
const NAME: &str = "huawei";

/// The door of one domain.
pub struct Door {
    /// We, as a service provider, here.
    pub entity: ServiceProvider,
    /// `https://host` of the first host.
    origin: String,
    /// Services that scoped tokens list.
    catalog: Vec<CatalogService>,
}

impl Door {
    /// As configured. All hosts are regional endpoints of one domain, and equal.
    pub fn new(config: &config::Door) -> Self {
        let first = config.hosts.first().cloned().unwrap_or_default();
        let consumer =
            |origin: &String| format!("{origin}/v3-ext/auth/OS-FEDERATION/SSO/SAML2/POST");
        Self {
            entity: ServiceProvider {
                organization: config.organization.clone(),
                door: config.kind.name().to_owned(),
                // The document: the entity ID in the SP's metadata is the host name, without a scheme.
                entity_id: config.entity_id.clone().unwrap_or(first),
                acs: config.origins().iter().map(consumer).collect(),
                slo: Vec::new(),
                takes_encrypted: config.takes_encrypted(),
            },
            origin: config.origin(),
            catalog: config
                .huawei
                .as_ref()
                .map(|huawei| huawei.catalog.clone())
                .unwrap_or_default(),
        }
    }
}

/// What a handler works with.
#[derive(Clone)]
struct Cloud {
    app: App,
    door: Arc<Door>,
}

/// Every URL of the door.
pub fn router(app: App, door: Door) -> Router {
    let cloud = Cloud {
        app,
        door: Arc::new(door),
    };
    Router::new()
        .route("/v3.0/OS-FEDERATION/tokens", post(federation::create))
        .route(
            "/v3/auth/tokens",
            post(tokens::create)
                .get(tokens::show)
                .delete(tokens::revoke),
        )
        .route("/v3/auth/projects", get(lists::projects))
        .route("/v3/auth/domains", get(lists::domains))
        .route("/v3/OS-FEDERATION/projects", get(lists::projects))
        .route("/v3/OS-FEDERATION/domains", get(lists::domains))
        .route(
            "/v3-ext/auth/OS-FEDERATION/SSO/metadata",
            get(metadata::show),
        )
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .with_state(cloud)
}

async fn unknown_path(call: Call) -> Failure {
    call.problem(Problem::NOT_FOUND)
}

async fn wrong_method(call: Call) -> Failure {
    call.problem(Problem::METHOD)
}
