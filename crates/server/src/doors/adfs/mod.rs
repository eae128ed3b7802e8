//! The sign-in page and endpoints that clients of AD FS expect.

use crate::app::App;
use crate::config;
use axum::Router;
use identity::entities::{Dialect, IdentityProvider, NameIdSource};

/// The sign-in door of one organization.
pub struct Door {
    /// We, as an identity provider, here.
    pub entity: IdentityProvider,
}

impl Door {
    /// As configured.
    pub fn new(config: &config::Door) -> Self {
        let endpoints: Vec<String> = config
            .origins()
            .iter()
            .map(|origin| format!("{origin}/adfs/ls/"))
            .collect();
        Self {
            entity: IdentityProvider {
                organization: config.organization.clone(),
                door: config.kind.name().to_owned(),
                entity_id: config
                    .entity_id
                    .clone()
                    .unwrap_or_else(|| format!("{}/adfs/services/trust", config.origin())),
                sso: endpoints.clone(),
                slo: endpoints,
                signed: saml::issue::Signed::Assertion,
                prefixes: saml::issue::Prefixes::Short,
                name_id: NameIdSource::Guid,
                dialect: Dialect::Claims,
                order: saml::bindings::redirect::Order::SigAlgLast,
                default_domain: config.domain.clone(),
            },
        }
    }
}

/// Every URL of the door.
pub fn router(_app: App, _door: Door) -> Router {
    Router::new()
}
