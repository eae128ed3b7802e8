//! Who and what exists in tests: a grid and a cloud behind single sign-on, and the organization that keeps their people.

use super::cloud;
use identity::declare::settings::{Jwt, Oauth, Saml};
use identity::declare::{
    Account, Application, Declaration, IdentityProvider, Organization, ResourceServer, User,
};
use server::App;
use server::config::{Door, ForwardAuth, Kind};
use server::doors::entity::Entity;

/// The secret of the API `reports`, which may ask about tokens for `12345`.
pub(crate) const API_SECRET: &str = "a-secret-that-a-machine-has-drawn";
/// Host of the StorageGRID door.
pub(crate) const GRID: &str = "storagegrid.example.com";
/// Host of the AD FS door.
pub(crate) const ADFS: &str = "adfs.example.com";

/// Host of the PingFederate door.
pub(crate) const PING: &str = "my-pf-baseurl";
/// Host of the Entra door.
pub(crate) const ENTRA: &str = "entra.example.com";
/// Its directory.
pub(crate) const DIRECTORY: &str = "11111111-2222-4333-8444-555555555555";
/// Base32 secret of the one person with a second factor.
pub(crate) const TOTP: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
/// Host of the HORACIUS door.
pub(crate) const HORACIUS: &str = "comercial.sso.example.com";
/// The secret that its applications share with it.
pub(crate) const SECRET: &str = "a-client-secret-of-more-than-32-characters";

/// The e-mail address of `bia@example.com` at HORACIUS.
pub(crate) const EMAIL: &str = "bia.souza@mail.example.com";

const GROUPS: &str = "http://schemas.xmlsoap.org/claims/Group";
const UPN: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn";

pub(super) fn doors() -> Vec<Door> {
    let door = |kind, organization, host, domain: Option<&str>| Door {
        domain: domain.map(str::to_owned),
        directory: (kind == Kind::Entra).then(|| DIRECTORY.to_owned()),
        ..Door::new(kind, organization, host)
    };
    vec![
        door(Kind::StorageGrid, "grid", GRID, None),
        door(Kind::AdFs, "my-domain", ADFS, Some("my-domain")),
        door(Kind::PingFederate, "my-domain", PING, Some("my-domain")),
        door(Kind::Entra, "my-domain", ENTRA, None),
        door(Kind::Horacius, "comercial", HORACIUS, None),
        cloud::iam(),
        cloud::acme(),
    ]
}

/// APIs behind a proxy: `/reports` of the grid's host for one account, `/reports/private` for a group that nobody is in, and
/// all of another host for two accounts.
pub(super) fn forward_auth() -> Vec<ForwardAuth> {
    let rule = |host: &str, path: &str, accounts: &[&str], groups: &[&str]| ForwardAuth {
        host: host.to_owned(),
        path: path.to_owned(),
        door: GRID.to_owned(),
        accounts: accounts.iter().map(|&id| id.to_owned()).collect(),
        groups: groups.iter().map(|&group| group.to_owned()).collect(),
        lifetime: None,
    };
    vec![
        rule(GRID, "/reports", &["55555"], &["storage-admins"]),
        rule(GRID, "/reports/private", &["55555"], &["board"]),
        rule("api.example.com", "/", &["55555", "67890"], &[]),
    ]
}

/// Accounts `0` and `12345` through AD FS, `67890` through PingFederate, `24680` through Entra; `55555` with passwords of its own. `password` is everybody's.
#[expect(clippy::too_many_lines, reason = "one list: everybody and everything")]
pub(super) async fn declare(app: &App, password: &str) {
    let [grid, adfs, pingfederate, entra, horacius, iam, acme] = &doors()[..] else {
        unreachable!("seven doors")
    };
    let user = |name: &str, groups: &[&str]| User {
        name: name.to_owned(),
        password: Some(password.to_owned()),
        full_name: Some("Ana Souza".to_owned()),
        guid: Some(uuid::Uuid::from_u128(name.len() as u128)),
        groups: groups.iter().map(|&group| group.to_owned()).collect(),
        ..User::default()
    };
    let account = |id: &str, provider: Option<&str>| Account {
        id: id.to_owned(),
        name: Some(format!("Account {id}")),
        admits: vec!["storage-admins".to_owned()],
        identity_provider: provider.map(str::to_owned),
        ..Account::default()
    };
    let provider = |id: &str, groups: &str, metadata| IdentityProvider {
        id: id.to_owned(),
        metadata: Some(metadata),
        enabled: Some(true),
        groups_attribute: Some(groups.to_owned()),
        ..IdentityProvider::default()
    };
    let people = Organization {
        id: "my-domain".to_owned(),
        user: vec![
            user("ana@my-domain", &["storage-admins"]),
            user("outsider@my-domain", &["others"]),
            User {
                totp: Some(TOTP.to_owned()),
                email: Some("careful@mail.example.com".to_owned()),
                push: true,
                telephone: Some("+55 11 90000-0034".to_owned()),
                ..user("careful@my-domain", &["storage-admins"])
            },
        ],
        application: vec![
            Application {
                id: "storagegrid".to_owned(),
                metadata: Some(metadata(app, grid).await),
                ..Application::default()
            },
            Application {
                id: "huawei".to_owned(),
                metadata: Some(metadata(app, iam).await),
                ..Application::default()
            },
            Application {
                id: "comercial".to_owned(),
                metadata: Some(published(app, Entity::partner_of(horacius)).await),
                ..Application::default()
            },
        ],
        ..Organization::default()
    };
    let grid = Organization {
        id: "grid".to_owned(),
        resource_server: vec![ResourceServer {
            id: "reports".to_owned(),
            secret: API_SECRET.to_owned(),
            accounts: vec!["12345".to_owned()],
        }],
        user: vec![user("root", &["storage-admins"])],
        account: vec![
            account("0", Some("adfs")),
            account("12345", Some("adfs")),
            account("67890", Some("pingfederate")),
            account("24680", Some("entra")),
            account("55555", None),
        ],
        identity_provider: vec![
            provider("adfs", GROUPS, metadata(app, adfs).await),
            provider(
                "pingfederate",
                "memberOf",
                metadata(app, pingfederate).await,
            ),
            provider("entra", GROUPS, metadata(app, entra).await),
        ],
        ..Organization::default()
    };
    let vouching = [metadata(app, acme).await, metadata(app, adfs).await];
    let cloud = cloud::organization(password, vouching);
    let declaration = Declaration {
        organization: vec![
            people,
            grid,
            Organization {
                identity_provider: vec![IdentityProvider {
                    user_attribute: Some(UPN.to_owned()),
                    ..provider("acme", GROUPS, metadata(app, adfs).await)
                }],
                ..comercial([user("ana@example.com", &[]), user("bia@example.com", &[])])
            },
            cloud,
        ],
    };
    app.service
        .declare(&app.moment(None), &declaration)
        .await
        .unwrap()
        .unwrap();
}

/// One application of each kind.
fn comercial([ana, bia]: [User; 2]) -> Organization {
    let application = |id: &str| Application {
        id: id.to_owned(),
        ..Application::default()
    };
    Organization {
        id: "comercial".to_owned(),
        name: Some("Comercial".to_owned()),
        user: vec![
            ana,
            User {
                guid: None,
                email: Some(EMAIL.to_owned()),
                ..bia
            },
        ],
        application: vec![
            Application {
                jwt: Some(Jwt {
                    callback: "https://app.example.com:9090/callback/".to_owned(),
                    secret: SECRET.to_owned(),
                    ..Jwt::default()
                }),
                ..application("30251233")
            },
            Application {
                oauth: Some(Oauth {
                    secret: Some(SECRET.to_owned()),
                    code_redirects: vec!["https://app.example.com:9090/oauth/code".to_owned()],
                    token_redirects: vec!["https://app.example.com:9090/oauth/token".to_owned()],
                    implicit: true,
                    ..Oauth::default()
                }),
                ..application("dante")
            },
            portal(),
            Application {
                name: Some("Television".to_owned()),
                oauth: Some(Oauth {
                    device: true,
                    ..Oauth::default()
                }),
                ..application("tv")
            },
            Application {
                saml: Some(Saml {
                    entity_id: "google.com".to_owned(),
                    assertion_consumers: vec!["https://www.google.com/a/acs".to_owned()],
                    name_id_format: Some("email".to_owned()),
                    ..Saml::default()
                }),
                ..application("mail")
            },
        ],
        ..Organization::default()
    }
}

/// An application that speaks OpenID Connect. Nobody listens where it is told of logouts.
fn portal() -> Application {
    Application {
        id: "portal".to_owned(),
        name: Some("Portal".to_owned()),
        oauth: Some(Oauth {
            secret: Some(SECRET.to_owned()),
            code_redirects: vec!["https://app.example.com:9090/openid".to_owned()],
            without_pkce: true,
            client_credentials: true,
            post_logout_redirects: vec!["https://app.example.com:9090/bye".to_owned()],
            back_channel_logout: Some("http://127.0.0.1:9/logged-out".to_owned()),
            ..Oauth::default()
        }),
        ..Application::default()
    }
}

async fn metadata(app: &App, door: &Door) -> String {
    published(app, Entity::of(door)).await
}

async fn published(app: &App, entity: Option<Entity>) -> String {
    let (entity, moment) = (entity.expect("a SAML door"), app.moment(None));
    entity.ensure(&app.service, &moment).await.unwrap();
    entity.metadata(&app.service, &moment).await.unwrap()
}
