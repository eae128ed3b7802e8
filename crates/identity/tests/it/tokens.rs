//! Tokens: checked, revoked, expired.

use crate::support::{World, code, ok};
use identity::login::{Credentials, Secret};

#[tokio::test]
async fn a_revoked_token_is_dead_at_once_here_and_soon_elsewhere() {
    let mut world = World::new().await;
    let mut other = world.another_node().await;
    let (token, _) = world.token().await;
    assert!(world.is_live(&token).await && other.is_live(&token).await);
    ok(world
        .service
        .revoke_token(&world.moment, "grid", &token)
        .await);
    assert!(!world.is_live(&token).await);
    world.pass(1);
    other.pass(1);
    assert!(!other.is_live(&token).await);
}

#[tokio::test]
async fn revoking_again_is_no_refusal_until_the_token_would_have_expired() {
    let mut world = World::new().await;
    let (token, _) = world.token().await;
    ok(world
        .service
        .revoke_token(&world.moment, "grid", &token)
        .await);
    ok(world
        .service
        .revoke_token(&world.moment, "grid", &token)
        .await);
    assert_eq!(world.events("grid", "token.revoked").await.len(), 1);
    assert_eq!(
        code(
            world
                .service
                .revoke_token(
                    &world.moment,
                    "grid",
                    "00000000-0000-4000-8000-000000000000"
                )
                .await
        ),
        "token.invalid"
    );
    world.pass(16 * 3600);
    assert_eq!(
        code(
            world
                .service
                .revoke_token(&world.moment, "grid", &token)
                .await
        ),
        "token.invalid"
    );
}

#[tokio::test]
async fn a_token_ends_with_its_lifetime_and_is_purged_after() {
    let mut world = World::new().await;
    let (token, _) = world.token().await;
    world.pass(16 * 3600 - 1);
    assert!(world.is_live(&token).await);
    world.pass(1);
    assert!(!world.is_live(&token).await);
    world.pass(1);
    // The token, its assertion and its request.
    assert_eq!(world.service.purge(&world.moment).await.unwrap(), 3);
    assert_eq!(world.service.purge(&world.moment).await.unwrap(), 0);
}

#[tokio::test]
async fn an_account_without_a_provider_takes_local_passwords_and_the_others_do_not() {
    let world = World::new().await;
    let try_it = async |account: &str, user: &str, password: &str| {
        let credentials = Credentials {
            user_name: user.into(),
            password: Secret::new(password),
            code: None,
        };
        world
            .service
            .sign_in_to_account(&world.moment, &world.sp, account, &credentials)
            .await
    };
    let issued = ok(try_it("777", "root", "root-password").await);
    let token = ok(world
        .service
        .check_token(&world.moment, "grid", &issued.plain)
        .await);
    assert_eq!((token.user_name.as_str(), token.federated), ("root", false));
    assert_eq!(
        code(
            world
                .service
                .begin_logout(&world.moment, &world.sp, &issued.plain)
                .await
        ),
        "logout.unsupported"
    );
    assert_eq!(
        code(try_it("777", "root", "wrong").await),
        "login.credentials"
    );
    assert_eq!(
        code(try_it("12345", "root", "root-password").await),
        "sso_enabled"
    );
    assert_eq!(
        code(try_it("", "root", "root-password").await),
        "sso_enabled",
        "an empty account is the grid"
    );
    assert_eq!(
        code(try_it("no\0ne", "root", "root-password").await),
        "account.unknown"
    );
    assert_eq!(
        code(
            world
                .service
                .begin_sign_on(&world.moment, &world.sp, "777")
                .await
        ),
        "sso_disabled"
    );
}
