//! StorageGRID's management API behind single sign-on.

use crate::app::App;
use crate::config;
use axum::Router;
use identity::entities::ServiceProvider;

/// The door of one grid.
pub struct Door {
    /// We, as a service provider, here.
    pub entity: ServiceProvider,
}

impl Door {
    /// As configured.
    pub fn new(config: &config::Door) -> Self {
        let port = config.port.unwrap_or(443);
        // The documents print consumer and logout URLs with the port, the metadata's other readers write them without.
        let both = |path: &str| {
            config
                .hosts
                .iter()
                .flat_map(|host| {
                    [
                        format!("https://{host}:{port}{path}"),
                        format!("https://{host}{path}"),
                    ]
                })
                .collect::<Vec<_>>()
        };
        Self {
            entity: ServiceProvider {
                organization: config.organization.clone(),
                door: config.kind.name().to_owned(),
                entity_id: config
                    .entity_id
                    .clone()
                    .unwrap_or_else(|| format!("{}/api/saml-metadata", config.origin())),
                acs: both("/api/saml-response"),
                slo: both("/api/saml-logout"),
            },
        }
    }
}

/// Every URL of the door.
pub fn router(_app: App, _door: Door) -> Router {
    Router::new()
}
