//! A cloud whose people come from the identity provider `ACME`, which `my-domain` keeps.

use super::world::TOTP;
use identity::accounts::Role;
use identity::declare::settings::Mapping;
use identity::declare::{Account, Group, IdentityProvider, Organization, User};
use server::config::huawei::{CatalogEndpoint, CatalogService, Huawei};
use server::config::{Door, Kind};

/// Hosts of the cloud's door: one domain, two regional endpoints.
pub(crate) const IAM: &str = "iam.example.com";
pub(crate) const IAM_REGION: &str = "iam.sa-brazil-1.example.com";
/// Host of ACME's sign-in.
pub(crate) const ACME: &str = "idp.example.org";
/// A page to which browsers may take their tokens.
pub(crate) const DASHBOARD: &str = "https://console.example.com/auth/websso/";
/// The project that the group `admin` may enter.
pub(crate) const PROJECT: &str = "06aa2260bd00d5b32fb2c00862a34f9c";
/// A project for nobody.
pub(crate) const CLOSED: &str = "06aa2260bd00d5b32fb2c00862a34f9d";

/// The domain.
pub(crate) const DOMAIN: &str = "06ba0970a097acc0f36c0086bb6cfe0";
const RULES: &str = r#"[
  {"local": [{"user": {"name": "FederationUser"}}], "remote": [{"type": "_NAMEID_"}]},
  {"local": [{"group": {"name": "admin"}}], "remote": [{"type": "memberOf", "any_one_of": ["storage-admins"]}]}
]"#;

pub(super) fn iam() -> Door {
    let endpoint = CatalogEndpoint {
        id: "e1".to_owned(),
        interface: "public".to_owned(),
        region: "sa-brazil-1".to_owned(),
        region_id: String::new(),
        url: "https://ecs.example.com/v2/{project_id}".to_owned(),
    };
    Door {
        hosts: vec![IAM.to_owned(), IAM_REGION.to_owned()],
        huawei: Some(Huawei {
            catalog: vec![CatalogService {
                endpoints: vec![endpoint],
                id: "s1".to_owned(),
                name: "ecs".to_owned(),
                kind: "compute".to_owned(),
            }],
            dashboards: vec![DASHBOARD.to_owned()],
            ..Huawei::default()
        }),
        ..Door::new(Kind::Huawei, DOMAIN, IAM)
    }
}

pub(super) fn acme() -> Door {
    Door {
        domain: Some("my-domain".to_owned()),
        ..Door::new(Kind::Shibboleth, "my-domain", ACME)
    }
}

/// The domain. It trusts ACME unasked, and `quiet` only when asked; `local` and `careful`, who has a second factor, sign in
/// with passwords of their own.
pub(super) fn organization(password: &str, [acme, quiet]: [String; 2]) -> Organization {
    let admin = || vec!["admin".to_owned()];
    let user = |name: &str| User {
        name: name.to_owned(),
        password: Some(password.to_owned()),
        groups: admin(),
        ..User::default()
    };
    let account = |id: &str, name: &str, admits: Vec<String>| Account {
        id: id.to_owned(),
        name: Some(name.to_owned()),
        role: vec![Role {
            id: "0".to_owned(),
            name: "te_admin".to_owned(),
            groups: admits.clone(),
        }],
        admits,
        ..Account::default()
    };
    let provider = |id: &str, metadata, allow_unsolicited| IdentityProvider {
        id: id.to_owned(),
        metadata: Some(metadata),
        allow_unsolicited,
        mapping: Some(Mapping {
            rules: RULES.to_owned(),
            ..Mapping::default()
        }),
        ..IdentityProvider::default()
    };
    Organization {
        id: DOMAIN.to_owned(),
        name: Some("IAMDomain".to_owned()),
        administrators: admin(),
        group: vec![Group {
            name: "admin".to_owned(),
            id: Some("06aa22601502cec4a23ac0084a74038f".to_owned()),
        }],
        user: vec![
            user("local"),
            User {
                totp: Some(TOTP.to_owned()),
                ..user("careful")
            },
        ],
        account: vec![
            account("0", "IAMDomain", admin()),
            account(PROJECT, "sa-brazil-1", admin()),
            account(CLOSED, "closed", Vec::new()),
        ],
        identity_provider: vec![
            provider("ACME", acme, true),
            provider("QUIET", quiet, false),
        ],
        ..Organization::default()
    }
}
