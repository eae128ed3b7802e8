use super::{ANA, NEW, OLD, is_in, lives};
use crate::support::{World, code, ok};
use identity::error::Answer;
use identity::guard;
use identity::login::{Secret, Session};
use identity::people::Renewed;

async fn change(world: &World, session: &Session, old: &str, new: &str) -> Answer<Renewed> {
    let (old, new) = (Secret::new(old), Secret::new(new));
    world
        .service
        .change_password(&world.moment, &world.idp, session, (&old, &new))
        .await
}

#[tokio::test]
async fn changing_a_password_ends_everything_but_this_session_which_goes_on_under_another_cookie() {
    let world = World::new().await;
    let (other, _) = world.sign_in(ANA, OLD).await;
    let (own, session) = world.sign_in(ANA, OLD).await;
    let (stranger, _) = world.sign_in("outsider@my-domain", OLD).await;
    let renewed = ok(change(&world, &session, OLD, NEW).await);
    assert!(lives(&world, &renewed.cookie).await);
    assert!(!lives(&world, &own).await, "the cookie from before");
    assert!(!lives(&world, &other).await);
    assert!(lives(&world, &stranger).await, "somebody else's");
    assert!(!is_in(&world.try_sign_in(ANA, OLD, None).await));
    assert!(is_in(&world.try_sign_in(ANA, NEW, None).await));
    assert_eq!(world.events("my-domain", "password.changed").await.len(), 1);
}

#[tokio::test]
async fn a_found_session_alone_changes_nothing() {
    let world = World::new().await;
    let (own, session) = world.sign_in(ANA, OLD).await;
    let refused = change(&world, &session, "another-password", NEW).await;
    assert_eq!(code(refused), "login.credentials");
    assert!(lives(&world, &own).await);
    assert!(is_in(&world.try_sign_in(ANA, OLD, None).await));
    ok(change(&world, &session, OLD, NEW).await);
}

#[tokio::test]
async fn a_session_that_ended_meanwhile_changes_nothing() {
    let world = World::new().await;
    let (_, session) = world.sign_in(ANA, OLD).await;
    world
        .service
        .sign_out(&world.moment, &world.idp, &session)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        code(change(&world, &session, OLD, NEW).await),
        "account.session"
    );
    assert!(is_in(&world.try_sign_in(ANA, OLD, None).await));
}

#[tokio::test]
async fn short_and_common_passwords_are_not_taken() {
    for (refusal, password) in [
        ("password.short", "girafa"),
        ("password.common", "passwordpassword"),
    ] {
        let world = World::new().await;
        let (_, session) = world.sign_in(ANA, OLD).await;
        assert_eq!(code(change(&world, &session, OLD, password).await), refusal);
        let _off = guard::off(refusal);
        ok(change(&world, &session, OLD, password).await);
    }
}

#[tokio::test]
async fn of_fifty_changes_at_once_one_happens() {
    let world = World::new().await;
    let (_, session) = world.sign_in(ANA, OLD).await;
    let answers = futures_util::future::join_all((0..50).map(|n| {
        let (world, session) = (&world, &session);
        async move { change(world, session, OLD, &format!("a girafa no telhado {n}")).await }
    }))
    .await;
    let done = answers
        .iter()
        .filter(|answer| answer.as_ref().unwrap().is_ok());
    assert_eq!(done.count(), 1);
    assert_eq!(world.events("my-domain", "password.changed").await.len(), 1);
}

#[tokio::test]
async fn declaring_the_same_again_leaves_a_changed_password_alone_and_another_one_replaces_it() {
    let world = World::new().await;
    let (_, session) = world.sign_in(ANA, OLD).await;
    let renewed = ok(change(&world, &session, OLD, NEW).await);
    world.declare(|_| ()).await;
    assert!(is_in(&world.try_sign_in(ANA, NEW, None).await));
    assert!(lives(&world, &renewed.cookie).await);
    world
        .declare(|declared| {
            declared.organization[0].user[0].password = Some("from-the-operator".into());
        })
        .await;
    assert!(!is_in(&world.try_sign_in(ANA, NEW, None).await));
    assert!(is_in(
        &world.try_sign_in(ANA, "from-the-operator", None).await
    ));
    assert!(!lives(&world, &renewed.cookie).await);
}
