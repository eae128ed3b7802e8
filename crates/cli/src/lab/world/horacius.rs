//! The lab's HORACIUS: `comercial.sso.example.com`, an organization with its own people and one application of each kind.

use super::super::manifest::ManifestApplication;
use super::super::state::{State, Visibility};
use super::my_domain;
use anyhow::Result;
use identity::declare::settings::{Jwt, Oauth, Saml};
use identity::declare::{Application, IdentityProvider, Organization, User};
use identity::moment::Random;
use server::config::{Door, Kind};
use server::doors::entity::Entity;

pub(super) const HOST: &str = "comercial.sso.example.com";
pub(super) const ORGANIZATION: &str = "comercial";
const JWT: &str = "30251233";
const OAUTH: &str = "087d672d-1363-4baa-9207-cd2f16304e31";
const SAML: &str = "613d4646-7516-4ab1-894b-454765bee088";
/// Speaks OpenID Connect; the document knows none.
const OPENID: &str = "5e1f7f0e-6c0b-4b0a-9d53-6f1d6c2c8a11";
/// The grid, which signs in the people of one of its accounts here.
const GRID: &str = "storagegrid";
/// Characters of a secret: as many as the OAuth secret that the document prints.
const SECRET: usize = 128;
/// URL-safe, and 64 of them: 256 is a multiple, so that every character is equally likely.
const CHARACTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The secrets that applications share with the door, drawn once and kept in the state folder.
pub(crate) struct Secrets {
    jwt: String,
    oauth: String,
    openid: String,
}

impl Secrets {
    /// Those of the state folder, or fresh ones.
    pub(crate) fn of(state: &State, random: &dyn Random) -> Result<Self> {
        Ok(Self {
            jwt: secret(state, random, "jwt-application.secret")?,
            oauth: secret(state, random, "oauth-application.secret")?,
            openid: secret(state, random, "openid-application.secret")?,
        })
    }

    /// The applications, for whoever plays them.
    pub(crate) fn applications(&self) -> Vec<ManifestApplication> {
        let known = [
            (JWT, "jwt", Some(&self.jwt)),
            (OAUTH, "oauth", Some(&self.oauth)),
            (SAML, "saml", None),
            (OPENID, "openid", Some(&self.openid)),
        ];
        known
            .map(|(id, kind, secret)| ManifestApplication {
                id: id.to_owned(),
                kind: kind.to_owned(),
                secret: secret.cloned(),
            })
            .to_vec()
    }
}

pub(super) fn door() -> Door {
    Door::new(Kind::Horacius, ORGANIZATION, HOST)
}

/// Who vouches towards the grid: the door, under the address that the grid has as an application.
pub(super) fn before_the_grid() -> Entity {
    let door = door();
    Entity::IdentityProvider(identity::entities::IdentityProvider {
        sso: vec![format!("{}/idp/saml/redirect/sso/{GRID}", door.origin())],
        ..server::doors::horacius::entity(&door)
    })
}

/// The organization; `partner` is the sign-in of `my-domain`, whose people come in as well, `grid` the metadata of the grid.
pub(super) fn organization(
    secrets: &Secrets,
    (partner, grid): (IdentityProvider, String),
) -> Organization {
    Organization {
        id: ORGANIZATION.to_owned(),
        name: Some("Comercial".to_owned()),
        user: vec![User {
            name: "comercial@e-trust.com.br".to_owned(),
            password: Some("my-password".to_owned()),
            full_name: Some("Comercial".to_owned()),
            email: Some("comercial@desenvolvimento.e-trust.com.br".to_owned()),
            groups: vec![my_domain::ADMITTED.to_owned()],
            ..User::default()
        }],
        application: vec![
            Application {
                jwt: Some(Jwt {
                    callback: "https://dante.intranet.example.com:9090/callback-url/".to_owned(),
                    secret: secrets.jwt.clone(),
                    ..Jwt::default()
                }),
                ..application(JWT, "Callback")
            },
            Application {
                oauth: Some(Oauth {
                    secret: Some(secrets.oauth.clone()),
                    code_redirects: vec![
                        "https://dante.intranet.example.com:9090/oauth/code".to_owned(),
                    ],
                    token_redirects: vec![
                        "https://dante.intranet.example.com:9090/oauth/token".to_owned(),
                    ],
                    implicit: true,
                    logout: Some("https://dante.intranet.example.com:9090/oauth/logout".to_owned()),
                    client_credentials: true,
                    ..Oauth::default()
                }),
                ..application(OAUTH, "Dante")
            },
            openid(secrets),
            Application {
                saml: Some(Saml {
                    entity_id: "google.com".to_owned(),
                    assertion_consumers: vec![
                        "https://www.google.com/a/desenvolvimento.e-trust.com.br/acs".to_owned(),
                    ],
                    ..Saml::default()
                }),
                ..application(SAML, "Google")
            },
            Application {
                metadata: Some(grid),
                ..application(GRID, "StorageGRID")
            },
        ],
        identity_provider: vec![IdentityProvider {
            id: my_domain::ORGANIZATION.to_owned(),
            // Groups of another house say nothing here.
            groups_attribute: None,
            ..partner
        }],
        ..Organization::default()
    }
}

/// An application of a developer's own machine, too: any port of the loopback address.
fn openid(secrets: &Secrets) -> Application {
    let at = |path: &str| {
        [
            format!("https://dante.intranet.example.com:9090/openid/{path}"),
            format!("http://127.0.0.1/{path}"),
        ]
    };
    Application {
        oauth: Some(Oauth {
            secret: Some(secrets.openid.clone()),
            code_redirects: at("callback").to_vec(),
            post_logout_redirects: at("bye").to_vec(),
            client_credentials: true,
            device: true,
            ..Oauth::default()
        }),
        ..application(OPENID, "Dante, by OpenID Connect")
    }
}

fn application(id: &str, name: &str) -> Application {
    Application {
        id: id.to_owned(),
        name: Some(name.to_owned()),
        ..Application::default()
    }
}

fn secret(state: &State, random: &dyn Random, file: &str) -> Result<String> {
    if let Some(kept) = state.read(file)? {
        return Ok(kept);
    }
    let mut bytes = [0; SECRET];
    random.fill(&mut bytes);
    let secret: String = bytes
        .iter()
        .map(|byte| char::from(CHARACTERS[usize::from(byte % 64)]))
        .collect();
    state.write(file, &secret, Visibility::Owner)?;
    Ok(secret)
}
