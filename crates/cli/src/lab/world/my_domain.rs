//! The people of the lab: `my-domain`, who sign in at the sign-in doors, and the party that those doors vouch to.

use super::super::state::{State, Visibility};
use anyhow::Result;
use identity::declare::{Application, Organization, User};
use identity::moment::Random;

pub(crate) const ORGANIZATION: &str = "my-domain";
pub(super) const DOMAIN: &str = "my-domain";
/// The group that the accounts admit.
pub(super) const ADMITTED: &str = "storage-admins";
pub(super) const PASSWORD: &str = "my-password";
/// Where codes go for whoever has a second factor; `portaria lab approve` reads them.
const TELEPHONE: &str = "+55 11 90000-0034";
/// Base32 (RFC 4648 §6); thirty-two characters are the 160 bits that RFC 4226 §4 recommends.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A person, with everything that somebody who rehearses must know.
pub(crate) struct Person {
    /// User principal name.
    pub(crate) user: String,
    /// Password.
    pub(crate) password: &'static str,
    /// Base32 secret of the second factor.
    pub(crate) totp: Option<String>,
    full_name: &'static str,
    admitted: bool,
}

/// The people. The secret of the second factor is drawn once and kept in the state folder.
pub(crate) fn people(state: &State, random: &dyn Random) -> Result<Vec<Person>> {
    let person = |name: &str, full_name, totp, admitted| Person {
        user: format!("{name}@{DOMAIN}"),
        password: PASSWORD,
        totp,
        full_name,
        admitted,
    };
    Ok(vec![
        person("my-sso-username", "Single Sign-On", None, true),
        person(
            "mfa-user",
            "Second Factor",
            Some(totp_secret(state, random, "mfa-user")?),
            true,
        ),
        person("outsider", "Out Sider", None, false),
    ])
}

/// The organization, with the metadata of whoever relies on its sign-ins: the grid, the cloud, and the organization `comercial`.
pub(super) fn organization(
    people: &[Person],
    [grid, cloud, comercial]: [String; 3],
) -> Organization {
    let user = people
        .iter()
        .map(|person| User {
            name: person.user.clone(),
            password: Some(person.password.to_owned()),
            full_name: Some(person.full_name.to_owned()),
            email: Some(format!("{}.example.com", person.user)),
            totp: person.totp.clone(),
            push: person.totp.is_some(),
            telephone: person.totp.as_ref().map(|_| TELEPHONE.to_owned()),
            groups: if person.admitted {
                vec![ADMITTED.to_owned()]
            } else {
                Vec::new()
            },
            ..User::default()
        })
        .collect();
    Organization {
        id: ORGANIZATION.to_owned(),
        name: Some("My Domain".to_owned()),
        user,
        application: vec![
            application("storagegrid", "StorageGRID", grid),
            application("huawei", "Huawei Cloud IAM", cloud),
            application("comercial", "Comercial", comercial),
        ],
        ..Organization::default()
    }
}

fn application(id: &str, name: &str, metadata: String) -> Application {
    Application {
        id: id.to_owned(),
        name: Some(name.to_owned()),
        metadata: Some(metadata),
        ..Application::default()
    }
}

/// The secret of `person`'s second factor, drawn once and kept in the state folder.
pub(crate) fn totp_secret(state: &State, random: &dyn Random, person: &str) -> Result<String> {
    let file = format!("{person}.totp");
    if let Some(kept) = state.read(&file)? {
        return Ok(kept);
    }
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    // 256 is a multiple of 32: every character is equally likely.
    let secret: String = bytes
        .iter()
        .map(|byte| char::from(BASE32[usize::from(byte % 32)]))
        .collect();
    state.write(&file, &secret, Visibility::Owner)?;
    Ok(secret)
}
