use super::{ANA, OLD, asks, enrolled, is_in, now, proof, shown};
use crate::support::{World, code, ok};
use identity::guard;
use identity::login::NextStep;
use std::collections::HashSet;

#[tokio::test]
async fn a_recovery_code_stands_in_for_an_authenticators_once() {
    let world = World::new().await;
    let (_, session) = world.sign_in(ANA, OLD).await;
    let (_, codes) = enrolled(&world, &session).await;
    let distinct: HashSet<_> = codes.shown().iter().collect();
    assert_eq!(distinct.len(), 10);
    let NextStep::SignedIn { session, .. } =
        world.try_sign_in(ANA, OLD, Some(&codes.shown()[0])).await
    else {
        panic!("it is right")
    };
    assert!(
        session.class_ref.ends_with("PasswordProtectedTransport"),
        "no more is claimed"
    );
    let left = world
        .service
        .recovery_codes_left(&world.idp, &session)
        .await;
    assert_eq!(left.unwrap(), 9);
    // Again, grouped in another way, after a restart.
    let again = codes.shown()[0].replace(' ', "-");
    let restarted = world.another_node().await;
    assert!(asks(&restarted.try_sign_in(ANA, OLD, Some(&again)).await));
    {
        let _off = guard::off("login.code_reuse");
        assert!(is_in(&world.try_sign_in(ANA, OLD, Some(&again)).await));
    }
    assert!(is_in(
        &restarted
            .try_sign_in(ANA, OLD, Some(&codes.shown()[1]))
            .await
    ));
}

#[tokio::test]
async fn of_fifty_sign_ins_at_once_with_one_recovery_code_one_succeeds() {
    let world = World::new().await;
    let (_, session) = world.sign_in(ANA, OLD).await;
    let (_, codes) = enrolled(&world, &session).await;
    let steps = futures_util::future::join_all(
        (0..50).map(|_| world.try_sign_in(ANA, OLD, Some(&codes.shown()[0]))),
    )
    .await;
    assert_eq!(steps.iter().filter(|step| is_in(step)).count(), 1);
}

#[tokio::test]
async fn somebody_elses_recovery_code_is_wrong() {
    let world = World::new().await;
    let (_, session) = world.sign_in(ANA, OLD).await;
    let (_, codes) = enrolled(&world, &session).await;
    let other = world
        .try_sign_in("mfa-user@my-domain", OLD, Some(&codes.shown()[0]))
        .await;
    assert!(asks(&other));
    assert!(is_in(
        &world.try_sign_in(ANA, OLD, Some(&codes.shown()[0])).await
    ));
}

#[tokio::test]
async fn guesses_at_recovery_codes_count_like_guesses_at_codes() {
    let world = World::new()
        .await
        .limited(|settings| settings.codes_per_five_minutes = 5);
    let (_, session) = world.sign_in(ANA, OLD).await;
    let (_, codes) = enrolled(&world, &session).await;
    for n in 0..5 {
        let guess = format!("0000 0000 0000 000{n}");
        assert!(asks(&world.try_sign_in(ANA, OLD, Some(&guess)).await));
    }
    let right = &codes.shown()[0];
    let step = world.try_sign_in(ANA, OLD, Some(right)).await;
    assert!(
        matches!(&step, NextStep::Refused(refused) if refused.code == "login.throttled"),
        "{step:?}"
    );
    let _off = guard::off("login.throttled");
    assert!(is_in(&world.try_sign_in(ANA, OLD, Some(right)).await));
}

#[tokio::test]
async fn codes_drawn_anew_replace_all_before_and_none_is_stored_as_it_is() {
    let mut world = World::new().await;
    let (_, session) = world.sign_in(ANA, OLD).await;
    let (enrolment, codes) = enrolled(&world, &session).await;
    let replace = async |world: &World, code: Option<&str>| {
        let proof = proof(code);
        world
            .service
            .replace_recovery_codes(&world.moment, &world.idp, &session, &proof)
            .await
    };
    assert_eq!(code(replace(&world, None).await), "login.code");
    world.pass(30);
    let right = shown(&enrolment.secret, now(&world));
    let (fresh, _) = ok(replace(&world, Some(&right)).await);
    assert!(asks(
        &world.try_sign_in(ANA, OLD, Some(&codes.shown()[0])).await
    ));
    assert!(is_in(
        &world.try_sign_in(ANA, OLD, Some(&fresh.shown()[0])).await
    ));
    let database = world.database();
    for code in fresh.shown() {
        for spelling in [code.clone(), code.replace(' ', "")] {
            let found = database
                .windows(spelling.len())
                .any(|bytes| bytes == spelling.as_bytes());
            assert!(!found);
        }
    }
}

#[tokio::test]
async fn there_are_no_recovery_codes_without_an_authenticator() {
    let world = World::new().await;
    let (_, session) = world.sign_in(ANA, OLD).await;
    let own = proof(None);
    let refused = world
        .service
        .replace_recovery_codes(&world.moment, &world.idp, &session, &own)
        .await;
    assert_eq!(code(refused), "account.no_factor");
}
