//! Huawei Cloud IAM's federation: responses of identity providers in, unscoped tokens out, and tokens scoped to projects.
//!
//! This module owns the wire shape: paths, headers, documents, status codes, error codes. It does not decide anything.
//!
//! * [`problem`]: errors in the two shapes of the API · [`call`]: one request, and the outcome of a rule as an answer
//! * [`federation`]: `/v3.0/OS-FEDERATION/tokens` · [`tokens`]: `/v3/auth/tokens` · [`request`]: what a token request asks for
//! * [`sign_on`]: sign-on that begins here, in a browser or by an enhanced client · [`consumer`]: where both bring the response
//! * [`binding`]: the cookie of that browser · [`id_token`]: ID tokens instead · [`versions`]: what clients ask first
//! * [`lists`]: projects and domains · [`document`]: the body of a token
//! * [`registration`]: identity providers, protocols, rules and metadata, for administrators
//! * [`metadata`]: ours as a service provider · [`logout`]: single logout · [`keys`]: what verifies tokens without asking us

mod binding;
mod call;
mod consumer;
mod document;
mod federation;
mod id_token;
mod keys;
mod lists;
mod logout;
mod metadata;
mod problem;
mod registration;
mod request;
mod sign_on;
mod tokens;
mod versions;

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
/// Where browsers post responses.
const POSTED: &str = "/v3-ext/auth/OS-FEDERATION/SSO/SAML2/POST";
/// Where enhanced clients bring responses.
const CARRIED: &str = "/v3-ext/auth/OS-FEDERATION/SSO/SAML2/ECP";
/// Where identity providers send browsers whose session ended.
const LOGOUT: &str = "/v3-ext/auth/OS-FEDERATION/SSO/SAML2/SLO";

/// The door of one domain.
pub struct Door {
    /// We, as a federation, here.
    pub federation: Federation,
    /// `https://host` of the first host.
    origin: String,
    /// Services that scoped tokens list.
    catalog: Vec<CatalogService>,
    /// Pages that tokens may be posted to.
    dashboards: Vec<String>,
}

impl Door {
    /// As configured. All hosts are regional endpoints of one domain, and equal.
    pub fn new(config: &config::Door) -> Self {
        let first = config.hosts.first().cloned().unwrap_or_default();
        let service = |path: &str| {
            let origins = config.origins();
            let at = |origin: &String| format!("{origin}{path}");
            origins.iter().map(at).collect()
        };
        let provider = ServiceProvider {
            organization: config.organization.clone(),
            door: config.kind.name().to_owned(),
            // The document: the entity ID in the SP's metadata is the host name, without a scheme.
            entity_id: config.entity_id.clone().unwrap_or(first),
            acs: service(POSTED),
            paos: service(CARRIED),
            slo: service(LOGOUT),
            takes_encrypted: config.takes_encrypted(),
        };
        let format = config.huawei.as_ref().map(|huawei| huawei.token_format);
        Self {
            federation: Federation {
                provider,
                format: format.unwrap_or_default(),
            },
            origin: config.origin(),
            dashboards: config
                .huawei
                .as_ref()
                .map(|huawei| huawei.dashboards.clone())
                .unwrap_or_default(),
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
        .route(
            "/v3/OS-FEDERATION/identity_providers/{provider}/protocols/{protocol}/auth",
            get(sign_on::begin).post(id_token::redeem),
        )
        .route(
            "/v3/auth/OS-FEDERATION/identity_providers/{provider}/protocols/{protocol}/websso",
            get(sign_on::begin_for_dashboard),
        )
        .route(
            "/v3.0/OS-AUTH/id-token/tokens",
            post(id_token::redeem_document),
        )
        .route(POSTED, post(consumer::posted))
        .route(CARRIED, post(consumer::carried))
        .route("/", get(versions::all))
        .route("/v3", get(versions::third))
        .route("/v3/", get(versions::third))
        .route("/v3/auth/projects", get(lists::projects))
        .route("/v3/auth/domains", get(lists::domains))
        .route("/v3/OS-FEDERATION/projects", get(lists::projects))
        .route("/v3/OS-FEDERATION/domains", get(lists::domains))
        .route(
            "/v3-ext/auth/OS-FEDERATION/SSO/metadata",
            get(metadata::show),
        )
        .route(LOGOUT, get(logout::saml_logout))
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
