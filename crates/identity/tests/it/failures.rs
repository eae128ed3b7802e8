//! Failures in a row, counted in the database: a hundred at most, on whatever node and however many at once.

use crate::second_factor::shown;
use crate::support::{World, code, ok};
use futures_util::future::join_all;
use identity::guard;
use identity::login::NextStep;
use jiff::Timestamp;

const USER: &str = "my-sso-username";
const CAREFUL: &str = "mfa-user@my-domain";

/// With a limit that is reached quickly.
async fn strict() -> World {
    World::new().await.limited(limit)
}

fn limit(settings: &mut identity::service::Settings) {
    settings.failures_in_a_row = 3;
}

async fn wrong(world: &World, user: &str) {
    let step = world.try_sign_in(user, "wrong", None).await;
    assert!(is_refused(&step), "{step:?}");
}

fn is_refused(step: &NextStep) -> bool {
    matches!(step, NextStep::Refused(refused) if refused.code == "login.credentials")
}

fn is_closed(step: &NextStep) -> bool {
    matches!(step, NextStep::Refused(refused) if refused.code == "login.credentials" && refused.detail.contains("in a row"))
}

fn is_in(step: &NextStep) -> bool {
    matches!(step, NextStep::SignedIn { .. })
}

/// User, proof, failures, whether closed.
async fn failing(world: &World) -> Vec<(String, String, i64, bool)> {
    let failing = world.service.failing("my-domain").await.unwrap();
    failing
        .into_iter()
        .map(|one| {
            (
                one.user_name,
                one.proof,
                one.failures,
                one.closed_until.is_some(),
            )
        })
        .collect()
}

fn counted(user: &str, proof: &str, failures: i64, closed: bool) -> (String, String, i64, bool) {
    (user.to_owned(), proof.to_owned(), failures, closed)
}

#[tokio::test]
async fn by_default_a_hundred_wrong_passwords_are_judged_and_no_more() {
    let world = World::new().await;
    for _ in 0..99 {
        wrong(&world, USER).await;
    }
    world.sign_in(USER, "my-password").await;
    for _ in 0..100 {
        wrong(&world, USER).await;
    }
    assert!(is_closed(
        &world.try_sign_in(USER, "my-password", None).await
    ));
    let closed = world.events("my-domain", "sign_in.closed").await;
    assert_eq!(closed.len(), 1);
    let _off = guard::off("login.closed");
    world.sign_in(USER, "my-password").await;
}

#[tokio::test]
async fn a_restart_and_another_node_forget_no_failure() {
    let world = strict().await;
    wrong(&world, USER).await;
    wrong(&world, USER).await;
    let restarted = world.another_node().await.limited(limit);
    wrong(&restarted, USER).await;
    for node in [&world, &restarted] {
        assert!(is_closed(
            &node.try_sign_in(USER, "my-password", None).await
        ));
    }
    assert_eq!(
        failing(&world).await,
        [counted("my-sso-username@my-domain", "password", 3, true)]
    );
}

#[tokio::test]
async fn a_right_password_forgives_and_a_closed_person_costs_and_hears_what_a_stranger_does() {
    let world = strict().await;
    for _ in 0..3 {
        wrong(&world, USER).await;
        wrong(&world, USER).await;
        world.sign_in(USER, "my-password").await;
    }
    assert!(failing(&world).await.is_empty());
    for _ in 0..3 {
        wrong(&world, USER).await;
    }
    // Nobody has that name, and nobody is closed by it.
    for _ in 0..5 {
        wrong(&world, "nobody").await;
    }
    for (user, password) in [(USER, "my-password"), (USER, "wrong"), ("nobody", "wrong")] {
        let before = world.service.password_hashes();
        assert!(is_refused(&world.try_sign_in(user, password, None).await));
        assert_eq!(world.service.password_hashes() - before, 1, "{user}");
    }
    // Others are who they were.
    world.sign_in("outsider", "my-password").await;
}

#[tokio::test]
async fn guesses_sent_at_once_are_told_no_more_than_guesses_in_a_row() {
    let told = async || {
        let world = World::new().await.limited(|settings| {
            limit(settings);
            (settings.argon2_permits, settings.argon2_queue) = (2, 64);
        });
        let other = world.another_node().await.limited(|settings| {
            limit(settings);
            (settings.argon2_permits, settings.argon2_queue) = (2, 64);
        });
        let guesses = (0..50).map(|guess| {
            let node = if guess % 2 == 0 { &world } else { &other };
            node.try_sign_in(USER, "wrong", None)
        });
        let answers = join_all(guesses).await;
        answers.iter().filter(|step| !is_closed(step)).count()
    };
    assert_eq!(told().await, 3);
    let _off = guard::off("login.closed");
    assert_eq!(told().await, 50);
}

#[tokio::test]
async fn after_a_day_one_more_is_judged_and_trying_meanwhile_does_not_put_it_off() {
    let mut world = strict().await;
    for _ in 0..3 {
        wrong(&world, USER).await;
    }
    world.pass(23 * 3600);
    assert!(is_closed(
        &world.try_sign_in(USER, "my-password", None).await
    ));
    world.pass(3600);
    assert!(is_closed(&world.try_sign_in(USER, "wrong", None).await));
    assert!(is_closed(
        &world.try_sign_in(USER, "my-password", None).await
    ));
    world.pass(24 * 3600);
    world.sign_in(USER, "my-password").await;
    assert!(failing(&world).await.is_empty());
    assert_eq!(world.events("my-domain", "sign_in.closed").await.len(), 1);
}

#[tokio::test]
async fn an_operator_reopens_a_person_of_their_own_organization() {
    let world = strict().await;
    for _ in 0..3 {
        wrong(&world, USER).await;
    }
    let reopen = async |organization, name| {
        world
            .service
            .reopen(&world.moment, organization, name)
            .await
    };
    let name = "my-sso-username@my-domain";
    assert_eq!(code(reopen("grid", name).await), "person.unknown");
    assert_eq!(code(reopen("my-domain", "nobody").await), "person.unknown");
    assert!(world.service.failing("grid").await.unwrap().is_empty());
    assert!(is_closed(
        &world.try_sign_in(USER, "my-password", None).await
    ));
    ok(reopen("my-domain", name).await);
    assert!(failing(&world).await.is_empty());
    world.sign_in(USER, "my-password").await;
    assert_eq!(world.events("my-domain", "sign_in.reopened").await.len(), 1);
}

#[tokio::test]
async fn another_password_begins_anew() {
    let world = strict().await;
    for _ in 0..3 {
        wrong(&world, USER).await;
    }
    world
        .declare(|declared| {
            let person = declared.organization[0].user.iter_mut();
            person
                .filter(|person| person.name.starts_with(USER))
                .for_each(|person| person.password = Some("another password".to_owned()));
        })
        .await;
    assert!(is_in(
        &world.try_sign_in(USER, "another password", None).await
    ));
}

#[tokio::test]
async fn wrong_codes_count_apart_and_only_a_code_that_is_spent_forgives_them() {
    let mut world = strict().await;
    let now = world.moment.now.as_second();
    let try_code = async |world: &World, code: &str| {
        world.try_sign_in(CAREFUL, "my-password", Some(code)).await
    };
    assert!(is_in(&try_code(&world, &shown(now)).await));
    for wrong in ["000000", "000001"] {
        try_code(&world, wrong).await;
    }
    // Spent already: it proves nothing.
    try_code(&world, &shown(now)).await;
    assert_eq!(failing(&world).await, [counted(CAREFUL, "code", 2, false)]);
    world.pass(30);
    assert!(is_in(&try_code(&world, &shown(now + 30)).await));
    assert!(failing(&world).await.is_empty());
    for _ in 0..3 {
        try_code(&world, "000000").await;
    }
    world.pass(30);
    let right = shown(now + 60);
    let throttled = |step: &NextStep| matches!(step, NextStep::Refused(refused) if refused.code == "login.throttled");
    assert!(throttled(&try_code(&world, &right).await));
    // Their password is right all the same, and says nothing about codes.
    assert_eq!(failing(&world).await, [counted(CAREFUL, "code", 3, true)]);
    let _off = guard::off("login.closed");
    assert!(is_in(&try_code(&world, &right).await));
}

#[tokio::test]
async fn strangers_add_one_row_however_many_names_they_try() {
    let world = World::new().await;
    let events = async || {
        let store = world.service.store();
        store.events("my-domain", Timestamp::UNIX_EPOCH, 1000).await
    };
    let before = events().await.unwrap();
    for name in 0..20 {
        wrong(&world, &format!("stranger-{name}")).await;
    }
    wrong(&world, USER).await;
    assert_eq!(events().await.unwrap(), before);
    assert_eq!(
        failing(&world).await,
        [counted("my-sso-username@my-domain", "password", 1, false)]
    );
}

/// Each query, for the list of [`crate::conformance`].
pub(crate) async fn every_query(world: &World) {
    wrong(world, "nobody").await;
    wrong(world, USER).await;
    assert_eq!(
        failing(world).await,
        [counted("my-sso-username@my-domain", "password", 1, false)]
    );
    world.sign_in(USER, "my-password").await;
    assert!(failing(world).await.is_empty());
    let strict = identity::Service::new(
        world.service.store().clone(),
        identity::vault::Vault::new([9; 32]),
        identity::service::Settings {
            failures_in_a_row: 1,
            argon2: (64, 1),
            ..Default::default()
        },
    );
    let guess = |password: &str| identity::login::Credentials {
        user_name: USER.to_owned(),
        password: identity::login::Secret::new(password),
        code: None,
    };
    for password in ["wrong", "my-password"] {
        let step = strict
            .sign_in(&world.moment, &world.idp, &guess(password))
            .await
            .unwrap();
        assert!(is_refused(&step), "{step:?}");
    }
    let name = "my-sso-username@my-domain";
    ok(strict.reopen(&world.moment, "my-domain", name).await);
    world.sign_in(USER, "my-password").await;
}
