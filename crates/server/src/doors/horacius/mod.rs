//! The sign-in and the three integrations of HORACIUS's document: JWT, OAuth 2.0 and SAML 2.0.
//!
//! This module owns URLs, parameters, cookies and JSON of that shape; it does not own who may sign in or what an application
//! may have (`identity`), nor how messages look (`oauth`, `saml`). Each host name is one organization; every question to a rule
//! names it.
//!
//! * [`entrance`]: the one sign-in of all three protocols · [`pages`], [`cookies`]
//! * [`people`]: start page, account, links by e-mail
//! * [`jwt`], [`oauth`], [`saml`]: one integration each · [`openid`]: discovery, keys, userinfo · [`device`]: the device flow
//! * [`sign_out`]: `GET /logout` · [`end_session`]: sign-outs that applications ask for · [`question`]: the person is asked
//! * [`farewell`]: how each ends · [`answers`]: redirects

mod answers;
mod cookies;
mod device;
mod end_session;
mod entrance;
mod farewell;
mod jwt;
mod oauth;
mod openid;
mod pages;
mod people;
mod question;
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
use identity::Unavailable;
use identity::entities::{Dialect, IdentityProvider, NameIdSource, ServiceProvider};
use identity::grants::AuthorizationServer;
use pages::{Offers, Partner};
use std::sync::Arc;

/// The door of one organization.
pub(crate) struct Door {
    desk: Desk,
    server: AuthorizationServer,
    /// Who we are towards the identity providers that the organization trusts.
    partner: ServiceProvider,
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
        soap: Vec::new(),
        slo: config.origins().iter().map(logout).collect(),
        signed: Signed::Assertion,
        prefixes: Prefixes::OpenSaml,
        name_id: NameIdSource::PrincipalName,
        dialect: Dialect::Plain,
        order: Order::Standard,
        default_domain: config.domain.clone(),
    }
}

/// The authorization servers at the configured doors of this kind.
pub fn servers(config: &config::Config) -> impl Iterator<Item = AuthorizationServer> {
    let doors = config.door.iter();
    doors
        .filter(|door| door.kind == config::Kind::Horacius)
        .map(server)
}

/// Who we are at this door towards identity providers that the organization trusts.
pub fn partner(config: &config::Door) -> ServiceProvider {
    people::partners::entity(config)
}

/// Every URL of the door, and the keys with which it signs tokens: strangers ask for them, and must not make us write.
pub async fn open(app: App, config: &config::Door) -> Result<Router, Unavailable> {
    let moment = app.moment(None);
    app.service
        .ensure_token_keys(&moment, &server(config))
        .await?;
    Ok(router(app, config))
}

fn server(config: &config::Door) -> AuthorizationServer {
    AuthorizationServer {
        organization: config.organization.clone(),
        door: config.kind.name().to_owned(),
        issuer: config.origin(),
    }
}

fn router(app: App, config: &config::Door) -> Router {
    let door = Door {
        desk: Desk {
            app,
            entity: entity(config),
            origin: config.origin(),
        },
        server: server(config),
        partner: people::partners::entity(config),
    };
    let saml = || get(saml::get).post(saml::post);
    let authorize = || get(oauth::authorize).post(oauth::typed);
    let letters = door.desk.app.post.delivers();
    let mut routes = Router::new()
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
            get(openid::metadata),
        )
        .route("/.well-known/openid-configuration", get(openid::metadata))
        .route(openid::JWKS, get(openid::jwks))
        .route(
            openid::USER_INFO,
            get(openid::user_info).post(openid::posted_user_info),
        )
        .route(device::BEGIN, post(device::begin))
        .route(device::PAGE, get(device::get).post(device::post))
        .route(
            end_session::PATH,
            get(end_session::get).post(end_session::post),
        )
        .route("/idp/saml/redirect/sso/{application}", saml())
        .route("/idp/saml/post/sso/{application}", saml())
        .route("/idp/saml/metadata/{application}", get(saml::metadata))
        .route(sign_out::PATH, get(sign_out::get))
        .merge(people::routes());
    if letters {
        routes = routes.merge(people::links::routes());
    }
    routes.with_state(Arc::new(door)).merge(style::routes())
}

impl Door {
    /// The organization's name for people.
    async fn name(&self) -> Result<String, Failure> {
        let organization = self.organization();
        let name = self
            .desk
            .app
            .service
            .store()
            .organization(organization)
            .await?;
        Ok(name.unwrap_or_else(|| organization.to_owned()))
    }

    /// Ways in beside a password, for somebody who wants to go on to `back`.
    async fn offers(&self, back: &str) -> Result<Offers, Failure> {
        let service = &self.desk.app.service;
        let partners = service.partners(self.organization()).await?;
        let partner = |name: String| Partner {
            address: people::partners::address(&name, back),
            name,
        };
        Ok(Offers {
            links: self.desk.app.post.delivers(),
            partners: partners.into_iter().map(partner).collect(),
        })
    }

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
