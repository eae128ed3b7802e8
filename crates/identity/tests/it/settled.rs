//! What was read of a declaration a moment ago, and when it stops to hold.

use crate::support::{World, code, ok, query};
use identity::declare::{Declaration, Manner};
use identity::sso::{Asked, Came, PostBack};
use identity::{Refused, Unavailable};
use jiff::SignedDuration;

type Change = fn(&mut Declaration);

/// What each kind of thing that is reused can become, and what a response is then refused with.
const CHANGES: [(&str, Change); 2] = [
    ("account.not_admitted", |declared| {
        declared.organization[1].account[1].admits.clear();
    }),
    ("idp.disabled", |declared| {
        declared.organization[1].identity_provider[0].enabled = Some(false);
    }),
];

async fn responses(world: &World) -> [PostBack; 3] {
    [
        world.response().await.0,
        world.response().await.0,
        world.response().await.0,
    ]
}

#[tokio::test]
async fn what_is_declared_holds_here_at_once_and_elsewhere_within_a_second() {
    for (refused, change) in CHANGES {
        let world = World::new().await;
        let mut other = world.another_node().await;
        let [first, second, third] = responses(&world).await;
        ok(other.finish(&first).await);
        ok(world.finish(&world.response().await.0).await);
        world.declare(change).await;
        assert_eq!(code(world.finish(&second).await), refused);
        other.pass(1);
        assert_eq!(code(other.finish(&third).await), refused);
    }
}

#[tokio::test]
async fn nothing_is_reused_where_that_is_switched_off() {
    for (refused, change) in CHANGES {
        let world = World::new().await;
        let other = world.another_node().await;
        let other = other.limited(|settings| settings.token_cache = SignedDuration::ZERO);
        let [first, second, _] = responses(&world).await;
        ok(other.finish(&first).await);
        world.declare(change).await;
        assert_eq!(code(other.finish(&second).await), refused);
    }
}

#[tokio::test]
async fn removed_relying_party_is_unknown_here_at_once_and_elsewhere_within_a_second() {
    let world = World::new().await;
    let mut other = world.another_node().await;
    let url = world.begin().await;
    ok(judge(&world, &url).await);
    ok(judge(&other, &url).await);
    let mut declared = world.declared().await;
    declared.organization[0].application.clear();
    let manner = Manner {
        prune: true,
        ..Manner::default()
    };
    let reconciled = world.service.reconcile(&world.moment, &declared, manner);
    reconciled.await.unwrap().unwrap();
    assert_eq!(code(judge(&world, &url).await), "request.unknown_party");
    other.pass(1);
    assert_eq!(code(judge(&other, &url).await), "request.unknown_party");
}

async fn judge(world: &World, url: &str) -> Result<Result<Asked, Refused>, Unavailable> {
    let came = Came::Redirect(query(url));
    world
        .service
        .judge_request(&world.moment, &world.idp, came)
        .await
}
