//! Passwords and sessions.

use crate::support::World;
use identity::guard;
use identity::login::{Credentials, NextStep, Secret};
use jiff::SignedDuration;

fn code(step: &NextStep) -> &'static str {
    match step {
        NextStep::Refused(refused) => refused.code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn three_spellings_of_a_name_sign_in_and_a_fourth_does_not() {
    let world = World::new().await;
    for name in [
        "my-sso-username@my-domain",
        "my-domain\\my-sso-username",
        "my-sso-username",
        "MY-SSO-USERNAME@My-Domain",
    ] {
        let (_, session) = world.sign_in(name, "my-password").await;
        assert_eq!(session.user_name, "my-sso-username@my-domain", "{name}");
    }
    assert_eq!(
        code(
            &world
                .try_sign_in("my-sso-username@elsewhere", "my-password", None)
                .await
        ),
        "login.credentials"
    );
}

#[tokio::test]
async fn every_failure_costs_one_hash_and_says_the_same() {
    let world = World::new().await;
    // Somebody without a password, as those are for whom a partner vouches.
    let linked = identity::declare::User {
        name: "linked@my-domain".into(),
        totp: Some("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".into()),
        ..Default::default()
    };
    world
        .declare(|declared| {
            declared.organization[0].user[2].disabled = true;
            declared.organization[0].user.push(linked);
        })
        .await;
    let long = "x".repeat(100_000);
    let failures = [
        ("nobody@my-domain", "my-password"),
        ("my-sso-username", "wrong"),
        ("my-sso-username", ""),
        ("my-sso-username", long.as_str()),
        ("my-sso-username", "my-password "),
        ("outsider", "my-password"),
        ("outsider", "wrong"),
        ("mfa-user", "wrong"),
        ("linked", "my-password"),
        ("linked", ""),
        ("no\0body", "my-password"),
        ("", ""),
    ];
    for (user, password) in failures {
        let before = world.service.password_hashes();
        let refused = world.try_sign_in(user, password, None).await;
        assert_eq!(code(&refused), "login.credentials", "{user:?}");
        assert_eq!(world.service.password_hashes() - before, 1, "{user:?}");
    }
    let before = world.service.password_hashes();
    world.sign_in("my-sso-username", "my-password").await;
    assert_eq!(
        world.service.password_hashes() - before,
        1,
        "and so does success"
    );
}

#[tokio::test]
async fn a_failed_sign_in_writes_no_row() {
    let world = World::new().await;
    let before = world
        .service
        .store()
        .events("my-domain", jiff::Timestamp::UNIX_EPOCH, 1000)
        .await
        .unwrap();
    world.try_sign_in("my-sso-username", "wrong", None).await;
    assert_eq!(
        world
            .service
            .store()
            .events("my-domain", jiff::Timestamp::UNIX_EPOCH, 1000)
            .await
            .unwrap(),
        before
    );
}

#[tokio::test]
async fn wrong_passwords_make_a_client_wait_and_nobody_else() {
    let mut world = World::new()
        .await
        .limited(|settings| settings.attempts_per_minute = 3);
    for _ in 0..3 {
        assert_eq!(
            code(&world.try_sign_in("my-sso-username", "wrong", None).await),
            "login.credentials"
        );
    }
    let hashes = world.service.password_hashes();
    assert_eq!(
        code(
            &world
                .try_sign_in("my-sso-username", "my-password", None)
                .await
        ),
        "login.throttled"
    );
    assert_eq!(
        world.service.password_hashes(),
        hashes,
        "decided before any hash"
    );
    {
        let _off = guard::off("login.throttled");
        world.sign_in("my-sso-username", "my-password").await;
    }
    for _ in 0..3 {
        world.try_sign_in("outsider", "wrong", None).await;
    }
    world.moment.client = Some([192, 0, 2, 2].into());
    world.sign_in("outsider", "my-password").await;
    world.moment.client = Some([192, 0, 2, 1].into());
    assert_eq!(
        code(&world.try_sign_in("outsider", "my-password", None).await),
        "login.throttled"
    );
    world.pass(60);
    world.sign_in("outsider", "my-password").await;
}

#[tokio::test]
async fn guesses_sent_at_once_tell_no_more_than_guesses_in_a_row() {
    let judged = async || {
        let world = World::new().await.limited(|settings| {
            settings.attempts_per_minute = 3;
            (settings.argon2_permits, settings.argon2_queue) = (1, 64);
        });
        let guesses = (0..20).map(|_| world.try_sign_in("my-sso-username", "wrong", None));
        let answers = futures_util::future::join_all(guesses).await;
        let wrong = |step: &&NextStep| code(step) == "login.credentials";
        answers.iter().filter(wrong).count()
    };
    assert_eq!(judged().await, 3);
    let _off = guard::off("login.throttled");
    assert_eq!(judged().await, 20);
}

#[tokio::test]
async fn overload_is_refused_and_not_queued_for_ever() {
    let world = World::new()
        .await
        .limited(|settings| (settings.argon2_permits, settings.argon2_queue) = (1, 4));
    let answers = futures_util::future::join_all(
        (0..40).map(|_| world.try_sign_in("my-sso-username", "my-password", None)),
    )
    .await;
    let busy = answers
        .iter()
        .filter(|step| matches!(step, NextStep::Refused(refused) if refused.code == "login.busy"))
        .count();
    let done = answers
        .iter()
        .filter(|step| matches!(step, NextStep::SignedIn { .. }))
        .count();
    assert_eq!(busy + done, 40);
    assert!(done >= 4 && busy >= 1, "{done} done, {busy} refused");
    world.sign_in("my-sso-username", "my-password").await;
}

#[tokio::test]
async fn a_hash_with_other_parameters_is_replaced_at_the_next_sign_in() {
    let world = World::new()
        .await
        .limited(|settings| settings.argon2 = (128, 2));
    let hash = async || {
        world
            .service
            .store()
            .user_by_name("my-domain", "my-sso-username@my-domain")
            .await
            .unwrap()
            .unwrap()
            .password_hash
            .unwrap()
    };
    assert!(hash().await.contains("m=64,t=1"));
    world.sign_in("my-sso-username", "my-password").await;
    let replaced = hash().await;
    assert!(replaced.contains("m=128,t=2"), "{replaced}");
    world.sign_in("my-sso-username", "my-password").await;
    assert_eq!(hash().await, replaced);
}

#[tokio::test]
async fn every_sign_in_is_a_new_session_of_one_door() {
    let world = World::new().await;
    let (first, one) = world.sign_in("my-sso-username", "my-password").await;
    let (second, other) = world.sign_in("outsider", "my-password").await;
    assert_ne!(
        (first.as_str(), one.id.as_str()),
        (second.as_str(), other.id.as_str())
    );
    let live = async |cookie: &str, door: &str| {
        let entity = identity::entities::IdentityProvider {
            door: door.into(),
            ..world.idp.clone()
        };
        world
            .service
            .session(&world.moment, &entity, cookie)
            .await
            .unwrap()
    };
    assert_eq!(live(&first, "adfs").await.unwrap().user, one.user);
    assert_eq!(live(&second, "adfs").await.unwrap().user, other.user);
    assert!(live(&first, "pingfederate").await.is_none());
    assert!(live("", "adfs").await.is_none());
    assert!(
        live(&one.id, "adfs").await.is_none(),
        "its identifier is not its cookie"
    );
}

#[tokio::test]
async fn a_session_ends_when_idle_when_old_and_with_its_person() {
    let mut world = World::new()
        .await
        .limited(|settings| settings.session_idle = SignedDuration::from_mins(60));
    let (cookie, _) = world.sign_in("my-sso-username", "my-password").await;
    let live = async |world: &World| {
        world
            .service
            .session(&world.moment, &world.idp, &cookie)
            .await
            .unwrap()
            .is_some()
    };
    for _ in 0..8 {
        assert!(live(&world).await, "used every 59 minutes");
        world.pass(59 * 60);
    }
    assert!(live(&world).await);
    world.pass(8 * 60);
    assert!(!live(&world).await, "eight hours are the end");

    let (cookie, _) = world.sign_in("my-sso-username", "my-password").await;
    let live = async |world: &World| {
        world
            .service
            .session(&world.moment, &world.idp, &cookie)
            .await
            .unwrap()
            .is_some()
    };
    world.pass(60 * 60);
    assert!(!live(&world).await, "idle");

    let (cookie, session) = world.sign_in("my-sso-username", "my-password").await;
    let asked = world.begin().await;
    world.answer(&asked, &session).await;
    world
        .declare(|declared| {
            declared.organization[0].user[0].password = Some("another-password".into());
        })
        .await;
    assert!(
        world
            .service
            .session(&world.moment, &world.idp, &cookie)
            .await
            .unwrap()
            .is_none(),
        "another password"
    );
    let came = identity::sso::Came::Redirect(crate::support::query(&asked));
    let asked = crate::support::ok(
        world
            .service
            .judge_request(&world.moment, &world.idp, came)
            .await,
    );
    assert_eq!(
        crate::support::code(
            world
                .service
                .vouch(&world.moment, &world.idp, &session, &asked)
                .await
        ),
        "login.session"
    );
}

#[tokio::test]
async fn passwords_are_compared_byte_for_byte() {
    let world = World::new().await;
    let long = "a".repeat(1023);
    let password = format!("{long}b");
    world
        .declare(|declared| declared.organization[0].user[0].password = Some(password.clone()))
        .await;
    world.sign_in("my-sso-username", &password).await;
    for wrong in [
        format!("{long}c"),
        long.clone(),
        format!("{password}b"),
        format!("{password}\0"),
    ] {
        assert_eq!(
            code(&world.try_sign_in("my-sso-username", &wrong, None).await),
            "login.credentials"
        );
    }
    world
        .declare(|declared| declared.organization[0].user[0].password = Some("caf\u{e9}".into()))
        .await;
    world.sign_in("my-sso-username", "caf\u{e9}").await;
    assert_eq!(
        code(
            &world
                .try_sign_in("my-sso-username", "cafe\u{301}", None)
                .await
        ),
        "login.credentials"
    );
}

#[tokio::test]
async fn credentials_do_not_show_what_was_typed() {
    let typed = Credentials {
        user_name: "u".into(),
        password: Secret::new("canary"),
        code: Some(Secret::new("canary")),
    };
    assert!(!format!("{typed:?}").contains("canary"));
}
