//! Declarations: all or nothing, and the same again changes nothing.

use crate::support::World;
use identity::declare::{Application, Declaration, IdentityProvider, Organization, User};

async fn faults(world: &World, change: impl FnOnce(&mut Declaration)) -> Vec<String> {
    let mut declared = world.declared().await;
    change(&mut declared);
    let faults = world
        .service
        .declare(&world.moment, &declared)
        .await
        .unwrap()
        .expect_err("faults");
    faults
        .into_iter()
        .map(|fault| format!("{}: {}", fault.at, fault.what))
        .collect()
}

#[tokio::test]
async fn declaring_the_same_again_changes_nothing_and_hashes_nothing_anew() {
    let world = World::new().await;
    let people = async || {
        let store = world.service.store();
        let mut people = Vec::new();
        for name in [
            "my-sso-username@my-domain",
            "mfa-user@my-domain",
            "outsider@my-domain",
        ] {
            let user = store
                .user_by_name("my-domain", name)
                .await
                .unwrap()
                .unwrap();
            people.push((
                user.clone(),
                store.groups_of("my-domain", &user.id).await.unwrap(),
            ));
        }
        (people, store.groups("my-domain").await.unwrap())
    };
    let (cookie, _) = world.sign_in("my-sso-username", "my-password").await;
    let before = people().await;
    world.declare(|_| ()).await;
    assert!(people().await == before);
    assert!(
        world
            .service
            .session(&world.moment, &world.idp, &cookie)
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn every_fault_is_reported_at_its_place_and_nothing_is_written() {
    let world = World::new().await;
    let found = faults(&world, |declared| {
        let grid = &mut declared.organization[1];
        grid.account[1].identity_provider = Some("nobody".into());
        grid.account[2].id = "0".into();
        grid.identity_provider.push(IdentityProvider {
            id: "broken".into(),
            metadata: Some("<x/>".into()),
            ..Default::default()
        });
        grid.identity_provider.push(IdentityProvider {
            id: "empty".into(),
            ..Default::default()
        });
        let people = &mut declared.organization[0].user;
        people[0].password_hash = Some("$argon2id$".into());
        people[1].totp = Some("no base32!".into());
        people[2].password = None;
        people.push(User {
            name: "OUTSIDER@my-domain".into(),
            password: Some("x".into()),
            ..User::default()
        });
        people.push(User {
            name: "bad\u{1}name".into(),
            full_name: Some("\u{fffe}".into()),
            password: Some(String::new()),
            ..User::default()
        });
        declared.organization.push(Organization {
            id: "new".into(),
            ..Organization::default()
        });
    })
    .await;
    let starts = [
        "organization[my-domain].user[OUTSIDER@my-domain]: is declared twice",
        "organization[my-domain].user[my-sso-username@my-domain]: has both",
        "organization[my-domain].user[mfa-user@my-domain].totp: is not base32",
        "organization[my-domain].user[outsider@my-domain]: has neither",
        "organization[my-domain].user[bad\u{1}name].name: has a control character",
        "organization[my-domain].user[bad\u{1}name].full_name: has a control character",
        "organization[my-domain].user[bad\u{1}name].password: is empty",
        "organization[grid].identity_provider[broken].metadata: is not readable",
        "organization[grid].identity_provider[empty].metadata: is missing",
        "organization[grid].account[0]: is declared twice",
        "organization[grid].account[12345].identity_provider: nobody is not declared",
    ];
    for start in starts {
        assert!(
            found.iter().any(|fault| fault.starts_with(start)),
            "{start}\n{found:#?}"
        );
    }
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    assert_eq!(
        world.service.store().organizations().await.unwrap(),
        ["grid", "my-domain"]
    );
}

#[tokio::test]
async fn a_provider_without_a_key_and_a_party_without_tls_are_refused() {
    let world = World::new().await;
    let found = faults(&world, |declared| {
        let sp = declared.organization[0].application[0]
            .metadata
            .clone()
            .unwrap();
        let plain = sp.replace(
            "https://storagegrid.example.com:443/api/saml-response",
            "http://storagegrid.example.com/api/saml-response",
        );
        // Signed or not, a document that was changed is read as what it says only if no signature has to hold.
        declared.organization[0].application[0].metadata = Some(unsigned(&plain));
        let idp = declared.organization[1].identity_provider[0]
            .metadata
            .clone()
            .unwrap();
        declared.organization[1].identity_provider[0].metadata =
            Some(without_keys(&unsigned(&idp)));
    })
    .await;
    assert!(
        found.iter().any(|fault| fault.contains(
            "application[storagegrid].metadata: has an AssertionConsumerService that is not https"
        )),
        "{found:#?}"
    );
    assert!(
        found
            .iter()
            .any(|fault| fault.contains("identity_provider[adfs].metadata: has no key")),
        "{found:#?}"
    );
}

#[tokio::test]
async fn an_entity_id_belongs_to_one_provider_and_to_the_same_keys_everywhere() {
    let world = World::new().await;
    let found = faults(&world, |declared| {
        let copy = declared.organization[1].identity_provider[0].clone();
        declared.organization[1]
            .identity_provider
            .push(IdentityProvider {
                id: "copy".into(),
                ..copy
            });
        let copy = declared.organization[0].application[0].clone();
        declared.organization[0].application.push(Application {
            id: "copy".into(),
            ..copy
        });
    })
    .await;
    assert_eq!(
        found
            .iter()
            .filter(|fault| fault.contains("entity ID of another"))
            .count(),
        2,
        "{found:#?}"
    );

    // An impostor: the name of the other organization's provider, keys of its own.
    let impostor = identity::entities::IdentityProvider {
        door: "impostor".into(),
        ..world.idp.clone()
    };
    world
        .service
        .ensure_identity_provider(&world.moment, &impostor)
        .await
        .unwrap();
    let metadata = world
        .service
        .identity_provider_metadata(&world.moment, &impostor)
        .await
        .unwrap();
    let victim = |metadata: String| Organization {
        id: "victim".into(),
        identity_provider: vec![IdentityProvider {
            id: "adfs".into(),
            metadata: Some(metadata),
            ..Default::default()
        }],
        ..Organization::default()
    };
    let found = faults(&world, |declared| {
        declared.organization.push(victim(metadata.clone()));
    })
    .await;
    let at = |one: &str, other: &str| {
        format!(
            "organization[{one}].identity_provider[adfs].metadata: has the entity ID of an identity provider of {other}, and none of its keys"
        )
    };
    // Declared together, neither is the genuine one by being first.
    assert_eq!(found, [at("grid", "victim"), at("victim", "grid")]);
    let mut declared = world.declared().await;
    declared.organization = vec![victim(metadata)];
    let faults = world
        .service
        .declare(&world.moment, &declared)
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(faults.len(), 1, "against what is in the store");
    let genuine = world
        .service
        .identity_provider_metadata(&world.moment, &world.idp)
        .await
        .unwrap();
    world
        .declare(|declared| declared.organization.push(victim(genuine)))
        .await;
}

#[tokio::test]
async fn what_is_in_the_store_under_another_identifier_is_a_fault_and_no_failure() {
    let world = World::new().await;
    let guid = world
        .service
        .store()
        .user_by_name("my-domain", "outsider@my-domain")
        .await
        .unwrap()
        .unwrap()
        .guid;
    let found = faults(&world, |declared| {
        declared.organization[0].user = vec![User {
            name: "thief@my-domain".into(),
            password: Some("x".into()),
            guid: Some(guid),
            ..User::default()
        }];
    })
    .await;
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("organization[my-domain]: something declared is in the store already"),
        "{found:?}"
    );
    assert!(
        world
            .service
            .store()
            .user_by_name("my-domain", "thief@my-domain")
            .await
            .unwrap()
            .is_none()
    );
}

#[test]
fn a_declaration_reads_from_toml_and_refuses_what_it_does_not_know() {
    let text =
        "[[organization]]\nid = 'grid'\n[[organization.user]]\nname = 'u'\npassword = 'canary'\n";
    let declared: Declaration = toml::from_str(text).unwrap();
    assert_eq!(declared.organization[0].user[0].name, "u");
    assert!(!format!("{declared:?}").contains("canary"));
    assert!(
        toml::from_str::<Declaration>("[[organization]]\nid = 'grid'\nadmin = true\n").is_err()
    );
}

fn unsigned(metadata: &str) -> String {
    let start = metadata.find("<ds:Signature").expect("a signature");
    let end = metadata.find("</ds:Signature>").expect("its end") + "</ds:Signature>".len();
    format!("{}{}", &metadata[..start], &metadata[end..])
}

fn without_keys(metadata: &str) -> String {
    let start = metadata.find("<md:KeyDescriptor").expect("a key");
    let end =
        metadata.rfind("</md:KeyDescriptor>").expect("the last key") + "</md:KeyDescriptor>".len();
    format!("{}{}", &metadata[..start], &metadata[end..])
}
