//! The lab's Huawei Cloud IAM: `iam.example.com`, a domain whose people come from the identity provider `ACME`.

use super::my_domain;
use identity::accounts::Role;
use identity::declare::settings::Mapping;
use identity::declare::{Account, Group, IdentityProvider, Organization, User};
use identity::mapping::Dialect;
use server::config::huawei::{CatalogEndpoint, CatalogService, Huawei};
use server::config::{Door, Kind};

pub(super) const HOST: &str = "iam.example.com";
/// The document's domain, whose identifier is the organization's.
const DOMAIN: &str = "06ba0970a097acc0f36c0086bb6cfe0";
const NAME: &str = "IAMDomain";
/// A person of the domain itself, who needs no identity provider.
const LOCAL: &str = "local-user";
const GROUP: &str = "admin";
/// Where OpenStack's command waits for the token of a browser.
const DASHBOARD: &str = "http://localhost:9990/auth/websso/";
const PROJECT: &str = "06aa2260bd00d5b32fb2c00862a34f9c";
/// Everybody is `FederationUser`; who may administer storage at home is in the group `admin` here.
const RULES: &str = r#"[
  {"local": [{"user": {"name": "FederationUser"}}], "remote": [{"type": "_NAMEID_"}]},
  {"local": [{"group": {"name": "admin"}}], "remote": [{"type": "memberOf", "any_one_of": ["storage-admins"]}]}
]"#;

pub(super) fn door() -> Door {
    let endpoint = CatalogEndpoint {
        id: "33e1cbdd86d34e89a63cf8ad16a5f49f".to_owned(),
        interface: "public".to_owned(),
        region: "example".to_owned(),
        region_id: "example".to_owned(),
        url: "https://ecs.example.com/v2/{project_id}".to_owned(),
    };
    Door {
        huawei: Some(Huawei {
            catalog: vec![CatalogService {
                endpoints: vec![endpoint],
                id: "100a6a3477f1495286579b819d399e36".to_owned(),
                name: "ecs".to_owned(),
                kind: "compute".to_owned(),
            }],
            dashboards: vec![DASHBOARD.to_owned()],
            ..Huawei::default()
        }),
        ..Door::new(Kind::Huawei, DOMAIN, HOST)
    }
}

/// The domain, with the metadata of ACME's sign-in.
pub(super) fn organization(acme: String) -> Organization {
    Organization {
        id: DOMAIN.to_owned(),
        name: Some(NAME.to_owned()),
        administrators: vec![GROUP.to_owned()],
        group: vec![Group {
            name: GROUP.to_owned(),
            id: Some("06aa22601502cec4a23ac0084a74038f".to_owned()),
        }],
        user: vec![User {
            name: LOCAL.to_owned(),
            password: Some(my_domain::PASSWORD.to_owned()),
            groups: vec![GROUP.to_owned()],
            ..User::default()
        }],
        account: vec![
            account("0", NAME, None),
            account(PROJECT, "example", Some("ACME")),
        ],
        identity_provider: vec![IdentityProvider {
            id: "ACME".to_owned(),
            metadata: Some(acme),
            allow_unsolicited: true,
            mapping: Some(Mapping {
                dialect: Dialect::Huawei,
                rules: RULES.to_owned(),
            }),
            ..IdentityProvider::default()
        }],
        ..Organization::default()
    }
}

fn account(id: &str, name: &str, provider: Option<&str>) -> Account {
    Account {
        id: id.to_owned(),
        name: Some(name.to_owned()),
        admits: vec![GROUP.to_owned()],
        identity_provider: provider.map(str::to_owned),
        role: vec![Role {
            id: "0".to_owned(),
            name: "te_admin".to_owned(),
            groups: vec![GROUP.to_owned()],
        }],
    }
}
