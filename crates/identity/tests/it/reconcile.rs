//! Declarations that change what was declared before: shown first, pruned, moved in from elsewhere.

use crate::federation::{self, believe_unasked};
use crate::grants::Comercial;
use crate::support::{World, code, postgresql};
use identity::declare::settings::Jwt;
use identity::declare::{Application, Declaration, Declared, Manner, Organization, User};
use identity::login::NextStep;

/// `my-password`, as bcrypt and Django write it.
const BCRYPT: &str = "$2b$04$9bM6t6zX88A.qkxWC.VCM.N0VKDIwzlorj2Pei4f5OiEtAs0b/a7C";
const DJANGO: &str =
    "pbkdf2_sha256$1000$QzE2bytesOfSalt$JbuONs9gYOWusTsCtgqTOSyn+zVZblG3h7Tp6mh702g=";

/// The same with SHA-1, as Passlib writes it.
const PASSLIB: &str = "$pbkdf2$1000$MDEyMzQ1Njc4OWFiY2Rl/w$CvxlCnnef9h3yMZS5sbDCRDf3lk";

const DRY_RUN: Manner = Manner {
    prune: true,
    dry_run: true,
};
const PRUNE: Manner = Manner {
    prune: true,
    dry_run: false,
};

async fn reconcile(world: &World, declared: &Declaration, manner: Manner) -> Declared {
    let reconciled = world.service.reconcile(&world.moment, declared, manner);
    reconciled.await.unwrap().expect("a sound declaration")
}

fn lines(declared: &Declared) -> Vec<String> {
    declared.changes.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn a_dry_run_shows_what_would_change_and_changes_nothing() {
    let world = World::new().await;
    let mut declared = world.declared().await;
    reconcile(&world, &declared, PRUNE).await;
    assert!(lines(&reconcile(&world, &declared, PRUNE).await).is_empty());
    let people = &mut declared.organization[0].user;
    people.remove(2);
    people[0].full_name = Some("Ana".into());
    people[0].password = Some("another password".into());
    people[1].groups = vec!["staff".into()];
    declared.organization[1].account[1].admits.clear();
    declared.organization[1]
        .account
        .push(identity::declare::Account {
            id: "new".into(),
            ..Default::default()
        });
    let shown = [
        "+ organization[my-domain].group[staff]",
        "~ organization[my-domain].user[mfa-user@my-domain]: groups \"admins\" → \"staff\"",
        "~ organization[my-domain].user[my-sso-username@my-domain]: full_name none → \"Ana\", password_hash",
        "- organization[my-domain].user[outsider@my-domain]",
        "~ organization[grid].account[12345]: admits \"[\\\"admins\\\"]\" → \"[]\"",
        "+ organization[grid].account[new]",
    ];
    for _ in 0..2 {
        let found = reconcile(&world, &declared, DRY_RUN).await;
        assert_eq!(lines(&found), shown);
    }
    world.sign_in("my-sso-username", "my-password").await;
    // What was shown is what happens, and then nothing is left to do.
    assert_eq!(lines(&reconcile(&world, &declared, PRUNE).await), shown);
    assert!(lines(&reconcile(&world, &declared, PRUNE).await).is_empty());
}

#[tokio::test]
async fn what_is_pruned_takes_its_sessions_and_tokens_along() {
    pruned_with_its_sessions_and_tokens(World::new().await).await;
}

/// Runs where `TEST_DATABASE_URL` names a PostgreSQL.
#[tokio::test]
async fn postgresql_prunes_as_sqlite_does() {
    if let Some(url) = postgresql("prune").await {
        pruned_with_its_sessions_and_tokens(World::prepared(&url).await).await;
    }
}

async fn pruned_with_its_sessions_and_tokens(world: World) {
    let org = Comercial::in_world(world).await;
    let session = org.sign_in().await;
    let jwt = org.issue(&session).await;
    let tokens = org
        .redeem(&org.code(&session).await)
        .await
        .unwrap()
        .unwrap();
    let world = &org.world;
    believe_unasked(world, |_| ()).await;
    let unscoped = federation::unscoped(world).await;
    let (token, _) = world.token().await;
    let (cookie, _) = world.sign_in("my-sso-username", "my-password").await;
    assert!(world.is_live(&token).await && org.is_live(&tokens.access_token).await);

    // An organization that is not declared keeps everything.
    let mut declared = world.declared().await;
    reconcile(world, &declared, PRUNE).await;
    assert!(org.is_live(&tokens.access_token).await);

    let [my_domain, grid] = &mut declared.organization[..] else {
        panic!("two organizations")
    };
    my_domain
        .user
        .retain(|user| !user.name.starts_with("my-sso"));
    grid.account.retain(|account| account.id == "777");
    grid.identity_provider.clear();
    declared.organization.push(Organization {
        id: "comercial".into(),
        ..Organization::default()
    });
    let found = lines(&reconcile(world, &declared, PRUNE).await);
    for gone in [
        "- organization[my-domain].user[my-sso-username@my-domain]",
        "- organization[grid].identity_provider[adfs]",
        "- organization[grid].account[12345]",
        "- organization[comercial].application[app].oauth",
        "- organization[comercial].user[ana@example.com]",
    ] {
        assert!(found.iter().any(|line| line == gone), "{gone}\n{found:#?}");
    }
    assert!(!world.is_live(&token).await);
    assert!(!org.is_live(&tokens.access_token).await);
    assert_eq!(
        code(federation::show(world, &unscoped, &unscoped).await),
        "token.invalid"
    );
    let session = world.service.session(&world.moment, &world.idp, &cookie);
    assert!(session.await.unwrap().is_none());

    // Declared again, nothing of the old comes back.
    let again = Comercial::in_world(org.world).await;
    assert!(!again.is_live(&tokens.access_token).await);
    assert_eq!(code(again.user_of("30251233", &jwt).await), "token.invalid");
    assert!(!again.world.is_live(&token).await);
}

#[tokio::test]
async fn a_provider_that_an_account_still_needs_is_not_pruned() {
    let world = World::new().await;
    let mut declared = world.declared().await;
    declared.organization[1].identity_provider.clear();
    let faults = world
        .service
        .reconcile(&world.moment, &declared, PRUNE)
        .await
        .unwrap()
        .expect_err("a fault");
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert_eq!(
        faults[0].at,
        "organization[grid].account[0].identity_provider"
    );
    // Without pruning the one in the store serves.
    reconcile(&world, &declared, Manner::default()).await;
}

#[tokio::test]
async fn people_move_in_with_the_hashes_that_they_have() {
    let world = World::new().await;
    let person = |name: &str, hash: &str| User {
        name: format!("{name}@my-domain"),
        id: Some(format!("id-of-{name}")),
        password_hash: Some(hash.to_owned()),
        ..User::default()
    };
    let moving = Declaration {
        organization: vec![Organization {
            id: "my-domain".into(),
            user: vec![
                person("bianca", BCRYPT),
                person("davi", DJANGO),
                person("elisa", PASSLIB),
            ],
            ..Organization::default()
        }],
    };
    reconcile(&world, &moving, Manner::default()).await;
    for name in ["bianca", "davi", "elisa"] {
        let before = world.service.password_hashes();
        let wrong = world.try_sign_in(name, "wrong", None).await;
        assert!(matches!(wrong, NextStep::Refused(_)));
        assert_eq!(
            world.service.password_hashes() - before,
            1,
            "as for everybody"
        );
        let (cookie, session) = world.sign_in(name, "my-password").await;
        assert_eq!(session.user, format!("id-of-{name}"));
        assert_eq!(world.service.password_hashes() - before, 2);
        let stored = world.service.store().user("my-domain", &session.user).await;
        let hash = stored.unwrap().unwrap().password_hash.unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        // The same declaration again neither brings the old hash back nor ends anything.
        assert!(lines(&reconcile(&world, &moving, Manner::default()).await).is_empty());
        world.sign_in(name, "my-password").await;
        let session = world.service.session(&world.moment, &world.idp, &cookie);
        assert!(session.await.unwrap().is_some());
    }
    let before = world.service.password_hashes();
    let nobody = world.try_sign_in("nobody", "my-password", None).await;
    assert!(matches!(nobody, NextStep::Refused(_)));
    assert_eq!(world.service.password_hashes() - before, 1);

    let mut other = moving;
    other.organization[0].user[0].id = Some("another-id".into());
    other.organization[0].user[1].password_hash = Some("$2b$31$short".into());
    let faults = world.service.declare(&world.moment, &other).await;
    let faults = faults.unwrap().expect_err("faults");
    assert_eq!(faults.len(), 2, "{faults:?}");
}

#[tokio::test]
async fn applications_move_in_with_their_secrets_and_their_issuer() {
    let org = Comercial::in_world(World::new().await).await;
    let moving = Declaration {
        organization: vec![Organization {
            id: "comercial".into(),
            application: vec![Application {
                id: "30251233".into(),
                jwt: Some(Jwt {
                    callback: "https://app.example.com/callback/".into(),
                    secret: "short".into(),
                    issuer: Some("urn:as-before".into()),
                    ..Jwt::default()
                }),
                ..Application::default()
            }],
            ..Organization::default()
        }],
    };
    let declared = reconcile(&org.world, &moving, Manner::default()).await;
    let warned: Vec<_> = declared.warnings.iter().map(|w| w.at.as_str()).collect();
    assert_eq!(
        warned,
        ["organization[comercial].application[30251233].jwt.secret"]
    );
    let jwt = org.issue(&org.sign_in().await).await;
    assert_eq!(crate::grants::jwts::claims(&jwt)["iss"], "urn:as-before");
    assert!(org.user_of("30251233", &jwt).await.unwrap().is_ok());

    let mut empty = moving;
    empty.organization[0].application[0]
        .jwt
        .as_mut()
        .unwrap()
        .secret
        .clear();
    let faults = org.world.service.declare(&org.world.moment, &empty).await;
    assert_eq!(faults.unwrap().expect_err("a fault").len(), 1);
}
