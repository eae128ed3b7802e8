//! StorageGRID's management API behind single sign-on, as a service provider and as the API that its tokens open.
//!
//! This module owns the wire shape: paths, envelopes, status codes, texts. It does not decide anything.
//!
//! * [`api`]: version and moment of a request; the envelopes of success and failure
//! * [`sign_on`]: `authorize-saml`, `saml-response` · [`sign_in`]: `authorize` with a password
//! * [`logout`]: `DELETE authorize`, `saml-logout` · [`metadata`]: `saml-metadata`
//! * [`account`]: `org/config`, `grid/config` · [`directory`], [`paging`]: groups, users, accounts, to read
//! * [`credential`]: the token of a request, in a header or a cookie · [`access`]: the check before every reading
//! * [`introspection`]: what APIs may ask about tokens
//! * [`browser`], [`binding`], [`pages`]: sign-on for people in browsers
//! * [`json`]: request documents · [`version`]: major versions

mod access;
mod account;
mod api;
mod binding;
mod browser;
pub(crate) mod credential;
mod directory;
mod introspection;
mod json;
mod logout;
mod metadata;
mod pages;
mod paging;
mod sign_in;
mod sign_on;
mod version;

use crate::app::App;
use crate::config;
use api::{Api, Failure};
use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use hyper::StatusCode;
use identity::entities::ServiceProvider;
use std::sync::Arc;

/// Name for metrics.
const NAME: &str = "storagegrid";

/// The door of one grid.
pub struct Door {
    /// We, as a service provider, here.
    pub entity: ServiceProvider,
}

impl Door {
    /// As configured.
    pub fn new(config: &config::Door) -> Self {
        let port = config.port.unwrap_or(443);
        // The document posts to `https://FQDN:443/api/saml-response`, with the port. Recipient is compared as a string
        // (SAML profiles §4.1.4.2), so the spelling without it is accepted beside it.
        let spellings = |path: &str| {
            let spelled = |host| {
                [
                    format!("https://{host}:{port}{path}"),
                    format!("https://{host}{path}"),
                ]
            };
            config.hosts.iter().flat_map(spelled).collect()
        };
        Self {
            entity: ServiceProvider {
                organization: config.organization.clone(),
                door: config.kind.name().to_owned(),
                entity_id: config
                    .entity_id
                    .clone()
                    .unwrap_or_else(|| format!("{}/api/saml-metadata", config.origin())),
                acs: spellings("/api/saml-response"),
                paos: Vec::new(),
                slo: spellings("/api/saml-logout"),
                takes_encrypted: config.takes_encrypted(),
            },
        }
    }
}

/// What a handler works with.
#[derive(Clone)]
struct Grid {
    app: App,
    door: Arc<Door>,
}

/// Every URL of the door.
pub fn router(app: App, door: Door) -> Router {
    let grid = Grid {
        app,
        door: Arc::new(door),
    };
    let saml = |prefix: &str| {
        Router::new()
            .route(
                &format!("{prefix}/saml-response"),
                post(sign_on::saml_response),
            )
            .route(
                &format!("{prefix}/saml-logout"),
                get(logout::saml_logout).post(logout::saml_logout),
            )
            .route(
                &format!("{prefix}/saml-metadata"),
                get(metadata::saml_metadata),
            )
    };
    Router::new()
        .route("/api/versions", get(versions))
        .route(
            "/api/{version}/authorize",
            post(sign_in::authorize).delete(logout::deauthorize),
        )
        .route(
            "/api/{version}/authorize-saml",
            post(sign_on::authorize_saml),
        )
        .route("/api/{version}/org/config", get(account::org_config))
        .route("/api/{version}/grid/config", get(account::grid_config))
        .route(
            "/api/{version}/org/config/product-version",
            get(account::org_product_version),
        )
        .route(
            "/api/{version}/grid/config/product-version",
            get(account::grid_product_version),
        )
        .route(
            "/api/{version}/org/users/current-user",
            get(directory::org_current_user),
        )
        .route(
            "/api/{version}/grid/users/current-user",
            get(directory::grid_current_user),
        )
        .route("/api/{version}/org/groups", get(directory::org_groups))
        .route("/api/{version}/org/users", get(directory::org_users))
        .route(
            "/api/{version}/grid/accounts",
            get(directory::grid_accounts),
        )
        .route("/oauth/introspect", post(introspection::introspect))
        .route("/sign-on", get(browser::begin))
        .route("/grid", get(browser::grid_page))
        .route("/account", get(browser::tenant_page))
        .route("/accounts", get(browser::accounts))
        .route("/sign-out", post(browser::sign_out))
        .merge(crate::pages::style::routes())
        // The documents write these without a version, clients of the described API with one.
        .merge(saml("/api"))
        .merge(saml("/api/{version}"))
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .with_state(grid)
}

/// `GET /api/versions`: major versions of the API.
async fn versions(api: Api) -> Response {
    api.newest().success(&[2, 3, 4])
}

async fn unknown_path(api: Api) -> Failure {
    api.failure(StatusCode::NOT_FOUND, "error.404", "Not found.")
}

async fn wrong_method(api: Api) -> Failure {
    api.failure(
        StatusCode::METHOD_NOT_ALLOWED,
        "error.405",
        "Method not allowed.",
    )
}
