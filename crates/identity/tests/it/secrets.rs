//! A canary in every secret, and nowhere else.

use crate::support::{World, ok};

#[tokio::test]
async fn no_secret_is_in_the_database_or_in_debug_output() {
    let world = World::new().await;
    let password = "canary-password-7c1";
    world
        .declare(|declared| declared.organization[0].user[0].password = Some(password.into()))
        .await;
    let (cookie, session) = world.sign_in("my-sso-username", password).await;
    let post = world.answer(&world.begin().await, &session).await;
    let issued = ok(world.finish(&post).await);
    let totp = b"12345678901234567890";

    let shown = format!(
        "{issued:?} {:?} {:?} {session:?} {:?}",
        world.service,
        world.moment,
        world.service.store()
    );
    for secret in [password, cookie.as_str(), issued.plain.as_str()] {
        assert!(!shown.contains(secret), "{shown}");
    }
    let bytes = world.database();
    for secret in [
        password.as_bytes(),
        cookie.as_bytes(),
        issued.plain.as_bytes(),
        totp,
        post.saml_response.as_bytes(),
        b"BEGIN PRIVATE KEY",
    ] {
        assert!(
            !bytes.windows(secret.len()).any(|window| window == secret),
            "{}",
            String::from_utf8_lossy(secret)
        );
    }
    assert!(
        bytes.windows(9).any(|window| window == b"$argon2id"),
        "the search finds what is there"
    );
}

#[tokio::test]
async fn keys_open_with_their_master_key_only_and_a_wrong_one_is_no_refusal() {
    let world = World::new().await;
    let stranger = identity::Service::new(
        world.service.store().clone(),
        identity::vault::Vault::new([1; 32]),
        identity::service::Settings::default(),
    );
    assert!(
        stranger
            .service_provider_metadata(&world.moment, &world.sp)
            .await
            .is_err()
    );
    assert!(
        stranger
            .begin_sign_on(&world.moment, &world.sp, "12345")
            .await
            .is_err()
    );
}
