//! Who and what exists in tests: a grid behind single sign-on, and the organization that keeps its people.

use identity::declare::{Account, Application, Declaration, IdentityProvider, Organization, User};
use server::App;
use server::config::{Door, Kind};
use server::doors::entity::Entity;

/// Host of the StorageGRID door.
pub(crate) const GRID: &str = "storagegrid.example.com";
/// Host of the AD FS door.
pub(crate) const ADFS: &str = "adfs.example.com";

const GROUPS: &str = "http://schemas.xmlsoap.org/claims/Group";

pub(super) fn doors() -> Vec<Door> {
    let door = |kind, organization, host, domain: Option<&str>| Door {
        domain: domain.map(str::to_owned),
        ..Door::new(kind, organization, host)
    };
    vec![
        door(Kind::StorageGrid, "grid", GRID, None),
        door(Kind::AdFs, "my-domain", ADFS, Some("my-domain")),
    ]
}

/// Accounts `0` and `12345` through AD FS; `55555` with passwords of its own. `password` is everybody's.
pub(super) async fn declare(app: &App, password: &str) {
    let [grid, adfs] = &doors()[..] else {
        unreachable!("two doors")
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
    };
    let people = Organization {
        id: "my-domain".to_owned(),
        user: vec![
            user("ana@my-domain", &["storage-admins"]),
            user("outsider@my-domain", &["others"]),
        ],
        application: vec![Application {
            id: "storagegrid".to_owned(),
            metadata: Some(metadata(app, grid).await),
            ..Application::default()
        }],
        ..Organization::default()
    };
    let grid = Organization {
        id: "grid".to_owned(),
        user: vec![user("root", &["storage-admins"])],
        account: vec![
            account("0", Some("adfs")),
            account("12345", Some("adfs")),
            account("55555", None),
        ],
        identity_provider: vec![IdentityProvider {
            id: "adfs".to_owned(),
            metadata: Some(metadata(app, adfs).await),
            enabled: Some(true),
            groups_attribute: Some(GROUPS.to_owned()),
            ..IdentityProvider::default()
        }],
        ..Organization::default()
    };
    let declaration = Declaration {
        organization: vec![people, grid],
    };
    app.service
        .declare(&app.moment(None), &declaration)
        .await
        .unwrap()
        .unwrap();
}

async fn metadata(app: &App, door: &Door) -> String {
    let (entity, moment) = (Entity::of(door).expect("a SAML door"), app.moment(None));
    entity.ensure(&app.service, &moment).await.unwrap();
    entity.metadata(&app.service, &moment).await.unwrap()
}
