//! The sign-in and the three integrations of HORACIUS's document: JWT, OAuth 2.0 and SAML 2.0.
//!
//! This module owns URLs, parameters, cookies and JSON of that shape; it does not own who may sign in or what an application
//! may have (`identity`), nor how messages look (`oauth`, `saml`). Each host name is one organization; every question to a rule
//! names it.
//!
//! * [`entrance`]: the one sign-in of all three protocols · [`pages`], [`cookies`]
//! * [`jwt`], [`oauth`], [`saml`]: one integration each · [`sign_out`]: `GET /logout` · [`answers`]: JSON and redirects

mod answers;
mod cookies;
mod entrance;
mod jwt;
mod oauth;
mod pages;
mod saml;
mod sign_out;

use crate::app::App;
use crate::config;
use crate::pages::style;
use crate::sign_on::{Desk, Failure};
use ::saml::bindings::redirect::Order;
use ::saml::issue::{Prefixes, Signed};
use axum::Router;
use axum::routing::{get, post};
use identity::Moment;
use identity::entities::{Dialect, IdentityProvider, NameIdSource};
use identity::grants::AuthorizationServer;
use std::sync::Arc;

/// The door of one organization.
pub(crate) struct Door {
    desk: Desk,
    server: AuthorizationServer,
}

/// Who we are at this door towards SAML applications, as configured.
pub fn entity(config: &config::Door) -> IdentityProvider {
    let logout = |origin: &String| format!("{origin}{}", sign_out::PATH);
    IdentityProvider {
        organization: config.organization.clone(),
        door: config.kind.name().to_owned(),
        entity_id: config.entity_id.clone().unwrap_or_else(|| config.origin()),
        // Each application has addresses of its own: see `Door::desk_for`.
        sso: Vec::new(),
        slo: config.origins().iter().map(logout).collect(),
        signed: Signed::Assertion,
        prefixes: Prefixes::OpenSaml,
        name_id: NameIdSource::PrincipalName,
        dialect: Dialect::Plain,
        order: Order::Standard,
        default_domain: config.domain.clone(),
    }
}

/// Every URL of the door.
pub fn router(app: App, config: &config::Door) -> Router {
    let door = Door {
        desk: Desk {
            app,
            entity: entity(config),
            origin: config.origin(),
        },
        server: AuthorizationServer {
            organization: config.organization.clone(),
            issuer: config.origin(),
        },
    };
    let saml = || get(saml::get).post(saml::post);
    let authorize = || get(oauth::authorize).post(oauth::typed);
    Router::new()
        .route("/jwt/login/{application}", get(jwt::login).post(jwt::typed))
        .route(
            "/jwt/login/{application}/",
            get(jwt::login).post(jwt::typed),
        )
        .route("/api/idp/jwt/{application}/user", get(jwt::user))
        .route("/api/idp/jwt/{application}/revoke", post(jwt::revoke))
        .route("/api/idp/jwt/{application}/renew", post(jwt::renew))
        .route("/idp/oauth/authorize/sso/{application}", authorize())
        .route("/idp/oauth/authorize", authorize())
        .route("/api/idp/oauth/token/sso/{application}", post(oauth::token))
        .route("/idp/oauth/token", post(oauth::token))
        .route(
            "/api/idp/oauth/userinfo/sso/{application}",
            get(oauth::user_info),
        )
        .route(
            "/api/idp/oauth/revoke/sso/{application}",
            post(oauth::revoke),
        )
        .route("/idp/oauth/revoke", post(oauth::revoke))
        .route("/idp/oauth/introspect", post(oauth::introspect))
        .route(
            "/.well-known/oauth-authorization-server",
            get(oauth::metadata),
        )
        .route("/idp/saml/redirect/sso/{application}", saml())
        .route("/idp/saml/post/sso/{application}", saml())
        .route("/idp/saml/metadata/{application}", get(saml::metadata))
        .route(sign_out::PATH, get(sign_out::get))
        .with_state(Arc::new(door))
        .merge(style::routes())
}

impl Door {
    fn organization(&self) -> &str {
        &self.server.organization
    }

    /// The desk that one SAML application knows: with its own addresses, and the NameID of its settings.
    async fn desk_for(&self, moment: &Moment, application: &str) -> Result<Desk, Failure> {
        let service = &self.desk.app.service;
        let entity = self.desk.entity.clone();
        let entity = service.face_for(moment, entity, application).await??;
        let addresses = ["redirect", "post"]
            .map(|binding| format!("{}/idp/saml/{binding}/sso/{application}", self.desk.origin));
        Ok(Desk {
            entity: IdentityProvider {
                sso: addresses.to_vec(),
                ..entity
            },
            ..self.desk.clone()
        })
    }
}
