//! Huawei Cloud IAM's federation: responses of identity providers in, unscoped tokens out, and tokens scoped to projects.
//!
//! This module owns the wire shape: paths, headers, documents, status codes, error codes. It does not decide anything.
//!
//! * [`problem`]: errors in the two shapes of the API · [`call`]: one request, and the outcome of a rule as an answer
//! * [`federation`]: `/v3.0/OS-FEDERATION/tokens` · [`tokens`]: `/v3/auth/tokens` · [`request`]: what a token request asks for
//! * [`lists`]: projects and domains · [`document`]: the body of a token
//! * [`registration`]: identity providers, protocols, rules and metadata, for administrators
//! * [`metadata`]: ours as a service provider · [`logout`]: single logout · [`keys`]: what verifies tokens without asking us

mod call;
mod document;
mod federation;
mod keys;
mod lists;
mod logout;
mod metadata;
mod problem;
mod registration;
mod request;
mod tokens;

use crate::app::App;
use crate::config;
use crate::config::huawei::CatalogService;
use axum::Router;
use axum::routing::{get, post};
use call::{Call, Failure};
use identity::entities::{Federation, ServiceProvider};
use problem::Problem;
use std::sync::Arc;

/// Name for metrics.
const NAME: &str = "huawei";

/// Where messages of identity providers arrive.
const SAML2: &str = "/v3-ext/auth/OS-FEDERATION/SSO/SAML2/";

/// The door of one domain.
pub struct Door {
    /// We, as a federation, here.
    pub federation: Federation,
    /// `https://host` of the first host.
    origin: String,
    /// Services that scoped tokens list.
    catalog: Vec<CatalogService>,
}

impl Door {
    /// As configured. All hosts are regional endpoints of one domain, and equal.
    pub fn new(config: &config::Door) -> Self {
        let first = config.hosts.first().cloned().unwrap_or_default();
        let service = |name: &str| {
            let origins = config.origins();
            let at = |origin: &String| format!("{origin}{SAML2}{name}");
            origins.iter().map(at).collect()
        };
        let provider = ServiceProvider {
            organization: config.organization.clone(),
            door: config.kind.name().to_owned(),
            // The document: the entity ID in the SP's metadata is the host name, without a scheme.
            entity_id: config.entity_id.clone().unwrap_or(first),
            acs: service("POST"),
            slo: service("SLO"),
            takes_encrypted: config.takes_encrypted(),
        };
        let format = config.huawei.as_ref().map(|huawei| huawei.token_format);
        Self {
            federation: Federation {
                provider,
                format: format.unwrap_or_default(),
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
        .route(&format!("{SAML2}SLO"), get(logout::saml_logout))
        .route("/v3-ext/auth/OS-FEDERATION/jwks", get(keys::keys))
        .route(
            "/v3-ext/auth/OS-FEDERATION/revocations",
            get(keys::revocations),
        )
        .merge(registration::routes())
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
