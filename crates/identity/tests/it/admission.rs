//! Tokens in front of other people's APIs, and sign-ons in browsers: each refusal with the guard that makes it.

use crate::support::{World, code, ok};
use identity::admission::Admits;
use identity::guard;

/// A live token, with the account that it opens and one of its groups.
async fn token(world: &World) -> (String, String, String) {
    let (plain, _) = world.token().await;
    let said = world
        .service
        .check_token(&world.moment, &world.sp.organization, &plain);
    let said = ok(said.await);
    (plain, said.account.clone(), said.groups[0].clone())
}

#[tokio::test]
async fn only_an_admitted_account_opens_an_api() {
    let world = World::new().await;
    let (plain, account, _) = token(&world).await;
    let admit = async |account: &str| {
        let accounts = [account.to_owned()];
        let admits = Admits {
            accounts: &accounts,
            groups: &[],
        };
        let organization = &world.sp.organization;
        world
            .service
            .admit(&world.moment, organization, &plain, &admits)
            .await
    };
    ok(admit(&account).await);
    assert_eq!(code(admit("another").await), "forward_auth.account");
    let _off = guard::off("forward_auth.account");
    ok(admit("another").await);
}

#[tokio::test]
async fn only_an_admitted_group_opens_an_api_that_asks_for_one() {
    let world = World::new().await;
    let (plain, account, group) = token(&world).await;
    let accounts = [account];
    let admit = async |group: &str| {
        let groups = [group.to_owned()];
        let admits = Admits {
            accounts: &accounts,
            groups: &groups,
        };
        let organization = &world.sp.organization;
        world
            .service
            .admit(&world.moment, organization, &plain, &admits)
            .await
    };
    ok(admit(&group).await);
    assert_eq!(code(admit("board").await), "forward_auth.group");
    let _off = guard::off("forward_auth.group");
    ok(admit("board").await);
}

#[tokio::test]
async fn a_sign_on_ends_in_the_browser_where_it_began() {
    let world = World::new().await;
    let (post, _) = world.response().await;
    let finish = async |bindings: &[&str]| {
        let posted = (post.saml_response.as_str(), post.relay_state.as_deref());
        world
            .service
            .finish_sign_on_in_browser(&world.moment, &world.sp, posted, bindings)
            .await
    };
    assert_eq!(code(finish(&[]).await), "sign_on.browser");
    assert_eq!(code(finish(&["", "x"]).await), "sign_on.browser");
    let _off = guard::off("sign_on.browser");
    // The same response, which the refusals before did not consume.
    ok(finish(&[]).await);
}

#[tokio::test]
async fn a_binding_belongs_to_one_request() {
    let world = World::new().await;
    let begin = async || {
        let begun = world
            .service
            .begin_sign_on_in_browser(&world.moment, &world.sp, "12345");
        ok(begun.await)
    };
    let (one, another) = (begin().await, begin().await);
    assert_ne!(one.url, another.url);
    assert_ne!(one.binding, another.binding);
}
