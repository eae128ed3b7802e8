//! The same questions to every database: each query is asked at least once, and answers alike.

use crate::support::{World, code, ok, postgresql, query};
use identity::approvals::{Method, Reply, Standing};
use identity::entities::IdentityProvider;
use identity::keys::manage::{Rollover, Selection};
use identity::login::NextStep;
use identity::store::Store;
use jiff::Timestamp;
use xmldsig::generate::KeyAlgorithm;

#[tokio::test]
async fn sqlite_in_a_file_answers_every_query() {
    let folder = tempfile::tempdir().unwrap();
    every_query(&format!(
        "sqlite:{}",
        folder.path().join("new.db").display()
    ))
    .await;
}

#[tokio::test]
async fn a_path_is_taken_letter_for_letter() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a b%20c?d#e.db");
    Store::open(&format!("sqlite:{}", path.display()))
        .await
        .unwrap()
        .close()
        .await;
    assert!(path.exists());
}

#[tokio::test]
async fn sqlite_in_memory_answers_every_query() {
    every_query("sqlite::memory:").await;
}

/// Runs where `TEST_DATABASE_URL` names a PostgreSQL.
#[tokio::test]
async fn postgresql_answers_every_query() {
    if let Some(url) = postgresql("conformance").await {
        every_query(&url).await;
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_is_unavailable() {
    assert!(Store::open("sqlite:/no/such/folder/new.db").await.is_err());
    assert!(
        Store::open("postgres://nobody@127.0.0.1:1/none")
            .await
            .is_err()
    );
    let world = World::new().await;
    world.service.store().close().await;
    assert!(world.service.ready().await.is_err());
    assert!(world.service.store().account("grid", "0").await.is_err());
    assert!(
        world
            .service
            .declare(&world.moment, &identity::declare::Declaration::default())
            .await
            .is_err()
    );
}

#[expect(clippy::too_many_lines, reason = "one list: every query there is")]
async fn every_query(url: &str) {
    let mut world = World::prepared(url).await;
    world.service.ready().await.unwrap();
    // Opening and declaring again finds everything as it is: migrations, keys, upserts.
    Store::open(url).await.unwrap();
    world.declare(|_| ()).await;
    let store = world.service.store().clone();
    assert_eq!(store.organizations().await.unwrap(), ["grid", "my-domain"]);

    // People, groups, sessions, and a code that is used once.
    let (cookie, session) = world.sign_in("my-sso-username", "my-password").await;
    let user = store
        .user("my-domain", &session.user)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        store
            .user_by_name("my-domain", "My-SSO-Username@my-domain")
            .await
            .unwrap(),
        Some(user.clone())
    );
    assert_eq!(
        store.user_by_name("my-domain", "nobody\0").await.unwrap(),
        None
    );
    assert_eq!(
        store.groups_of("my-domain", &user.id).await.unwrap(),
        ["admins"]
    );
    assert_eq!(
        store.user_and_groups("my-domain", &user.id).await.unwrap(),
        Some((user.clone(), vec!["admins".to_owned()]))
    );
    assert_eq!(
        store.user_and_groups("my-domain", "nobody").await.unwrap(),
        None
    );
    assert_eq!(store.groups("my-domain").await.unwrap().len(), 1);
    world.pass(600);
    assert!(
        world
            .service
            .session(&world.moment, &world.idp, &cookie)
            .await
            .unwrap()
            .is_some()
    );
    let strict = world.service.clone();
    let rehashing = identity::Service::new(
        store.clone(),
        identity::vault::Vault::new([9; 32]),
        identity::service::Settings {
            argon2: (128, 1),
            ..Default::default()
        },
    );
    let credentials = identity::login::Credentials {
        user_name: "outsider".into(),
        password: identity::login::Secret::new("my-password"),
        code: None,
    };
    rehashing
        .sign_in(&world.moment, &world.idp, &credentials)
        .await
        .unwrap();
    strict
        .sign_in(&world.moment, &world.idp, &credentials)
        .await
        .unwrap();

    // A telephone that is asked, answers, and completes one sign-in.
    let called = identity::Service::new(
        store.clone(),
        identity::vault::Vault::new([9; 32]),
        identity::service::Settings {
            telephones: true,
            ..Default::default()
        },
    );
    let careful = identity::login::Credentials {
        user_name: "mfa-user".into(),
        ..credentials.clone()
    };
    let (moment, idp) = (&world.moment, &world.idp);
    let NextStep::AskSecondFactor { pending, .. } =
        called.sign_in(moment, idp, &careful).await.unwrap()
    else {
        panic!("no second factor was asked for")
    };
    let begun = ok(called
        .ask_telephone(moment, idp, (&pending, Method::Push))
        .await);
    let number = begun.number.unwrap();
    let waiting = called.waiting_approvals(moment, "my-domain").await.unwrap();
    let row = store.approval("my-domain", &waiting[0].id).await.unwrap();
    assert_eq!(row.unwrap().state, "waiting");
    let reply = (waiting[0].id.as_str(), Reply::Approve(&number));
    ok(called.answer_approval(moment, "my-domain", reply).await);
    let standing = called.approval(moment, idp, &begun.pending).await.unwrap();
    assert!(matches!(
        standing,
        Standing::Over(NextStep::SignedIn { .. })
    ));

    // A sign-on, its replay, and what the audit has of it.
    let post = world.answer(&world.begin().await, &session).await;
    let token = ok(world.finish(&post).await).plain;
    assert_eq!(code(world.finish(&post).await), "assertion.replayed");
    assert_eq!(world.events("grid", "sign_on.refused").await.len(), 1);
    let issued = world.events("my-domain", "assertion.issued").await;
    assert_eq!(
        store
            .events_about("my-domain", issued[0].object.as_deref().unwrap())
            .await
            .unwrap(),
        issued
    );
    assert!(world.is_live(&token).await);
    assert!(
        store
            .identity_provider_by_entity_id("grid", &world.idp.entity_id)
            .await
            .unwrap()
            .is_some()
    );
    assert_eq!(
        store
            .peers_elsewhere("my-domain", &world.idp.entity_id)
            .await
            .unwrap()
            .len(),
        1
    );

    assert_eq!(store.openid_provider("grid", "adfs").await.unwrap(), None);

    // A cloud's sign-on, an ID token, and sign-ins that are remembered.
    crate::federation_sign_on::everything(&world).await;
    crate::federation_id_token::everything(&world).await;
    crate::federation_history::everything(&world).await;

    // Concurrent writes of which one may win.
    let fresh = world.answer(&world.begin().await, &session).await;
    let answers = futures_util::future::join_all((0..20).map(|_| world.finish(&fresh))).await;
    assert_eq!(
        answers
            .into_iter()
            .filter(|answer| answer.as_ref().unwrap().is_ok())
            .count(),
        1
    );

    // Logout by request and by page, and a token that is revoked alone.
    let url = ok(world
        .service
        .begin_logout(&world.moment, &world.sp, &token)
        .await);
    let back = ok(world
        .service
        .identity_provider_logout(&world.moment, &world.idp, query(&url))
        .await)
    .unwrap();
    ok(world
        .service
        .service_provider_logout(&world.moment, &world.sp, query(&back))
        .await);
    assert!(!world.is_live(&token).await);
    let (token, session) = world.token().await;
    let ask = ok(world
        .service
        .sign_out(&world.moment, &world.idp, &session)
        .await)
    .unwrap();
    let identity::logout::LogoutOutcome::Redirect(answer) = ok(world
        .service
        .service_provider_logout(&world.moment, &world.sp, query(&ask))
        .await)
    else {
        panic!("an answer")
    };
    assert_eq!(
        ok(world
            .service
            .identity_provider_logout(&world.moment, &world.idp, query(&answer))
            .await),
        None
    );
    assert!(!world.is_live(&token).await);
    let partings = world.service.partings(&world.idp, &session.id).await;
    let outcomes: Vec<_> = partings.unwrap().into_iter().map(|p| p.outcome).collect();
    assert_eq!(outcomes, [identity::logout::parting::Outcome::Told]);
    let resumed = world
        .service
        .resume_sign_out(&world.moment, &world.idp, &session.id)
        .await;
    assert_eq!(ok(resumed), None);
    let (token, _) = world.token().await;
    ok(world
        .service
        .revoke_token(&world.moment, "grid", &token)
        .await);

    crate::failures::every_query(&world).await;
    crate::people::every_query(&mut world).await;

    // A federation: tokens, their keys, registration.
    crate::federation::every_query(&world).await;

    // A unique violation inside a declaration, a person who is disabled, another key.
    let guid = user.guid;
    let mut declared = world.declared().await;
    declared.organization[0].user[2].guid = Some(guid);
    declared.organization[0].user.remove(0);
    assert!(
        world
            .service
            .declare(&world.moment, &declared)
            .await
            .unwrap()
            .is_err()
    );
    world
        .declare(|declared| declared.organization[0].user[2].disabled = true)
        .await;
    let another = IdentityProvider {
        door: "another".into(),
        ..world.idp.clone()
    };
    world
        .service
        .ensure_identity_provider(&world.moment, &another)
        .await
        .unwrap();

    // Keys that follow each other, and one that is killed.
    let selection = Selection {
        organization: "my-domain".into(),
        ..Selection::default()
    };
    let rollover = Rollover {
        algorithm: Some(KeyAlgorithm::P256),
        ahead: Rollover::AHEAD,
        overlap: Rollover::OVERLAP,
    };
    let made = ok(world
        .service
        .rotate_keys(&world.moment, &selection, rollover)
        .await);
    let killed = ok(world
        .service
        .kill_key(&world.moment, "my-domain", &made[0].fingerprint)
        .await);
    assert_eq!(
        store.killed_certificates().await.unwrap(),
        [killed[0].certificate.clone()]
    );

    // Everything expires, and is purged once.
    world.moment.now = Timestamp::from_second(2_000_000_000).unwrap();
    assert!(world.service.purge(&world.moment).await.unwrap() > 0);
    assert_eq!(world.service.purge(&world.moment).await.unwrap(), 0);
    store.close().await;
}
