//! After a logout: nothing of the session is good any more, on any node, before and after a restart (security: L5, L08).

use super::{at_provider, at_us, lives};
use crate::support::{World, ok, query};
use identity::login::NextStep;

#[tokio::test]
async fn cookie_and_token_are_dead_on_every_node_and_after_a_restart() {
    let world = World::new().await;
    let (cookie, session) = world.sign_in("my-sso-username", "my-password").await;
    let post = world.answer(&world.begin().await, &session).await;
    let token = ok(world.finish(&post).await).plain;
    let mut node = world.another_node().await;
    for living in [&world, &node] {
        assert!(opens(living, &cookie).await, "the control");
        assert!(living.is_live(&token).await, "the control");
    }
    let begun = world
        .service
        .begin_logout(&world.moment, &world.sp, &token)
        .await;
    let back = ok(at_provider(&world, query(&ok(begun))).await).unwrap();
    ok(at_us(&world, query(&back)).await);

    // A node may believe for a second what it looked up itself.
    node.pass(1);
    for dead in [&world, &node] {
        assert!(!opens(dead, &cookie).await);
        assert!(!lives(dead, &session).await);
        assert!(!dead.is_live(&token).await);
    }
    world.service.store().close().await;
    node.service.store().close().await;
    let restarted = world.another_node().await;
    assert!(!opens(&restarted, &cookie).await);
    assert!(!lives(&restarted, &session).await);
    assert!(!restarted.is_live(&token).await);
    assert!(
        restarted.finish(&post).await.unwrap().is_err(),
        "nor does its response buy another token"
    );
}

#[tokio::test]
async fn a_new_sign_in_after_a_logout_revives_nothing() {
    let world = World::new().await;
    let (token, session) = world.token().await;
    let begun = world
        .service
        .begin_logout(&world.moment, &world.sp, &token)
        .await;
    let back = ok(at_provider(&world, query(&ok(begun))).await).unwrap();
    ok(at_us(&world, query(&back)).await);
    let step = world
        .try_sign_in("my-sso-username", "my-password", None)
        .await;
    assert!(matches!(step, NextStep::SignedIn { .. }), "{step:?}");
    assert!(!lives(&world, &session).await && !world.is_live(&token).await);
}

/// Whether a browser with that cookie is signed in.
async fn opens(world: &World, cookie: &str) -> bool {
    world
        .service
        .session(&world.moment, &world.idp, cookie)
        .await
        .unwrap()
        .is_some()
}
