//! Host → door → routes. The one place that wires host names to doors.

use crate::app::App;
use crate::config::{Config, Door, Kind};
use crate::doors::entity::Entity;
use crate::doors::{
    adfs, cess, entra, horacius, huawei, pingfederate, psc, shibboleth, storagegrid,
};
use crate::http::Passage;
use crate::telemetry::metrics::Requests;
use axum::Router;
use axum::extract::Request;
use identity::Unavailable;
use identity::gateway::Gateway;
use std::collections::HashMap;
use std::sync::Arc;
use tower::util::MapRequestLayer;

/// Every door by host name.
pub(crate) struct Doors(HashMap<String, Arc<Mounted>>);

/// A door and its routes.
pub(crate) struct Mounted {
    /// Name for logs and metrics.
    pub(crate) name: &'static str,
    /// Its counters.
    pub(crate) requests: Requests,
    /// Whether it answers on the plain listener to anybody.
    pub(crate) plain: bool,
    /// Its routes.
    pub(crate) routes: Router,
    /// What stands behind it, at a `cess` door.
    gateway: Option<Arc<Gateway>>,
}

impl Doors {
    /// Builds every configured door, and its keys where they do not exist yet.
    pub(crate) async fn open(config: &Config, app: &App) -> Result<Self, Unavailable> {
        let mut doors = HashMap::new();
        for door in &config.door {
            let gateway = match door.kind {
                Kind::Cess => Some(cess::gateway(door)?),
                _ => None,
            };
            let routes = open_one(app, door, gateway.clone())
                .await?
                .route_layer(MapRequestLayer::new(remember_route));
            let mounted = Arc::new(Mounted {
                name: door.kind.name(),
                requests: app.metrics.requests(door.kind.name()),
                plain: door.plain,
                routes,
                gateway,
            });
            doors.extend(
                door.hosts
                    .iter()
                    .map(|host| (host.clone(), Arc::clone(&mounted))),
            );
        }
        Ok(Self(doors))
    }

    /// The gateway of a host name: one for the door and for proxies that ask, so that what one revokes is over for the other.
    pub(crate) fn gateway(&self, host: &str) -> Option<Arc<Gateway>> {
        self.0.get(host)?.gateway.clone()
    }

    /// The door of a host name in lower case.
    pub(crate) fn of(&self, host: &str) -> Option<&Mounted> {
        self.0.get(host).map(Arc::as_ref)
    }
}

async fn open_one(
    app: &App,
    config: &Door,
    gateway: Option<Arc<Gateway>>,
) -> Result<Router, Unavailable> {
    if let Some(entity) = Entity::of(config) {
        entity.ensure(&app.service, &app.moment(None)).await?;
    }
    let app = app.clone();
    Ok(match config.kind {
        Kind::StorageGrid => storagegrid::router(app, storagegrid::Door::new(config)),
        Kind::Huawei => huawei::router(app, huawei::Door::new(config)),
        Kind::Shibboleth => shibboleth::router(app, config),
        Kind::Horacius => horacius::open(app, config).await?,
        Kind::AdFs => adfs::router(app, config),
        Kind::Cess => {
            let gateway = gateway.expect("it was opened for this kind of door");
            cess::router(app, config, gateway)?
        }
        Kind::Psc => psc::router(app, config)?,
        Kind::PingFederate => pingfederate::router(app, config),
        Kind::Entra => entra::router(app, config),
    })
}

fn remember_route(request: Request) -> Request {
    Passage::note(request.extensions());
    request
}
