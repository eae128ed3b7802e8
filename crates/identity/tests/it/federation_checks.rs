//! Checks of a cloud's tokens that are answered from memory: never longer than the store would answer so, but for a second
//! elsewhere.

use crate::federation::{believe_unasked, federation, scope, show, unscoped};
use crate::support::{World, code, ok};
use futures_util::future::BoxFuture;
use jiff::SignedDuration;

async fn cloud() -> World {
    let world = World::new().await;
    believe_unasked(&world, |_| {}).await;
    world
}

async fn lives(world: &World, token: &str) -> bool {
    match show(world, token, token).await.unwrap() {
        Ok(_) => true,
        Err(refused) => {
            assert_eq!(refused.code, "token.invalid");
            false
        }
    }
}

async fn revoke(world: &World, token: &str) {
    let (service, moment, here) = (&world.service, &world.moment, federation(world));
    let revoked = service.revoke_federation_token(moment, &here, (token, token));
    ok(revoked.await);
}

#[tokio::test]
async fn check_is_answered_from_memory_for_its_time_and_no_longer() {
    // More than the store may take to close: the clock has a say, too.
    let mut world = cloud()
        .await
        .limited(|settings| settings.token_cache = SignedDuration::from_mins(1));
    let token = unscoped(&world).await;
    assert!(lives(&world, &token).await);
    world.service.store().close().await;
    assert!(
        lives(&world, &token).await,
        "neither asked nor verified again"
    );
    let mut elsewhere = federation(&world);
    elsewhere.provider.entity_id = "another.example.com".to_owned();
    let shown = world
        .service
        .show_federation_token(&world.moment, &elsewhere, (&token, &token));
    assert!(
        shown.await.is_err(),
        "another issuer has to be asked for itself"
    );
    world.pass(60);
    assert!(
        show(&world, &token, &token).await.is_err(),
        "neither good nor bad: the store is away"
    );
}

#[tokio::test]
async fn whatever_ends_a_token_is_known_at_once_here_and_within_a_second_elsewhere() {
    type Ending = for<'w> fn(&'w World, &'w str) -> BoxFuture<'w, ()>;
    let endings: [(&str, Ending); 4] = [
        ("its parent is revoked", |world, parent| {
            Box::pin(revoke(world, parent))
        }),
        ("its provider is disabled", |world, _| {
            Box::pin(believe_unasked(world, |provider| {
                provider.enabled = Some(false);
            }))
        }),
        ("its project closes", |world, _| {
            Box::pin(world.declare(|declared| {
                declared.organization[1]
                    .account
                    .iter_mut()
                    .for_each(|account| account.admits = Vec::new());
            }))
        }),
        ("its key is killed", |world, _| {
            Box::pin(async move {
                let keys = world.service.jwt_keys("grid").await.unwrap();
                for key in keys.iter().filter(|key| key.purpose == "subject-token") {
                    let (service, moment) = (&world.service, &world.moment);
                    ok(service.kill_jwt_key(moment, "grid", &key.kid).await);
                }
            })
        }),
    ];
    for (what, end) in endings {
        let world = cloud().await;
        let parent = unscoped(&world).await;
        let child = ok(scope(&world, &parent).await).plain;
        let mut node = world.another_node().await;
        assert!(
            lives(&world, &child).await && lives(&node, &child).await,
            "{what}"
        );
        end(&world, &parent).await;
        assert!(!lives(&world, &child).await, "{what}, here");
        node.pass(1);
        assert!(!lives(&node, &child).await, "{what}, elsewhere");
    }
}

#[tokio::test]
async fn without_reuse_other_nodes_know_at_once_too() {
    let world = cloud().await;
    let node = world.another_node().await;
    let strict =
        |world: World| world.limited(|settings| settings.token_cache = SignedDuration::ZERO);
    let (world, node) = (strict(world), strict(node));
    let token = unscoped(&world).await;
    assert!(lives(&node, &token).await);
    revoke(&world, &token).await;
    assert!(!lives(&node, &token).await);
    assert_eq!(code(show(&node, &token, &token).await), "token.invalid");
}
