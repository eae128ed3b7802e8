//! What was read of a declaration a moment ago, when it stops to hold, and what does not wait for that.

use crate::support::{World, code, ok, query};
use identity::declare::{Declaration, Manner};
use identity::guard;
use identity::sso::{Asked, Came, PostBack};
use identity::{Refused, Unavailable};
use jiff::SignedDuration;

type Change = fn(&mut Declaration);

/// What each kind of thing that is reused can become, and what a response is then refused with.
const CHANGES: [(&str, Change); 3] = [
    ("account.not_admitted", |declared| {
        declared.organization[1].account[1].admits.clear();
    }),
    ("idp.disabled", |declared| {
        declared.organization[1].identity_provider[0].enabled = Some(false);
    }),
    ("account.not_admitted", |declared| {
        let provider = &mut declared.organization[1].identity_provider[0];
        provider.groups_attribute = Some("an attribute that nobody sends".to_owned());
    }),
];

async fn responses(world: &World) -> [PostBack; 3] {
    [
        world.response().await.0,
        world.response().await.0,
        world.response().await.0,
    ]
}

/// A node that would reuse what it read for as long as these tests may take.
async fn slow_to_forget(world: &World) -> World {
    let other = world.another_node().await;
    other.limited(|settings| settings.token_cache = SignedDuration::from_mins(10))
}

#[tokio::test]
async fn no_token_is_written_by_what_another_node_has_changed() {
    for (refused, change) in CHANGES {
        let world = World::new().await;
        let other = slow_to_forget(&world).await;
        let [first, second, third] = responses(&world).await;
        ok(other.finish(&first).await);
        ok(world.finish(&world.response().await.0).await);
        world.declare(change).await;
        assert_eq!(code(world.finish(&second).await), refused);
        // What it had read before would still admit them.
        assert_eq!(code(other.finish(&third).await), refused);
    }
}

#[tokio::test]
async fn without_a_look_in_the_transaction_it_would_be() {
    for (_, change) in CHANGES {
        let world = World::new().await;
        let other = slow_to_forget(&world).await;
        let [first, second, _] = responses(&world).await;
        ok(other.finish(&first).await);
        world.declare(change).await;
        let _off = guard::off("sign_on.out_of_date");
        ok(other.finish(&second).await);
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
async fn removed_relying_party_is_told_nothing_from_then_on() {
    let world = World::new().await;
    let other = slow_to_forget(&world).await;
    let url = world.begin().await;
    let asked = ok(judge(&other, &url).await);
    let (_, session) = world
        .sign_in("my-sso-username@my-domain", "my-password")
        .await;
    let vouch = async |node: &World| {
        let vouching = node
            .service
            .vouch(&node.moment, &node.idp, &session, &asked);
        vouching.await
    };
    ok(vouch(&other).await);
    let mut declared = world.declared().await;
    declared.organization[0].application.clear();
    let manner = Manner {
        prune: true,
        ..Manner::default()
    };
    let reconciled = world.service.reconcile(&world.moment, &declared, manner);
    reconciled.await.unwrap().unwrap();
    assert_eq!(code(judge(&world, &url).await), "request.unknown_party");
    // What the other node read a moment ago still knows it; the effect does not.
    assert_eq!(code(vouch(&other).await), "request.unknown_party");
    assert_eq!(code(judge(&other, &url).await), "request.unknown_party");
}

async fn judge(world: &World, url: &str) -> Result<Result<Asked, Refused>, Unavailable> {
    let came = Came::Redirect(query(url));
    world
        .service
        .judge_request(&world.moment, &world.idp, came)
        .await
}
