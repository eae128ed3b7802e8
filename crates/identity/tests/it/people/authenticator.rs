use super::{ANA, OLD, asks, begin, enrolled, is_in, lives, now, proof, shown};
use crate::support::{World, code, ok};
use identity::guard;
use identity::login::{NextStep, Secret};
use identity::people::Proof;

#[tokio::test]
async fn an_authenticator_counts_once_a_code_of_it_was_right() {
    let mut world = World::new().await;
    let (other, _) = world.sign_in(ANA, OLD).await;
    let (_, session) = world.sign_in(ANA, OLD).await;
    let enrolment = begin(&world, &session).await;
    assert!(enrolment.uri.contains(&enrolment.secret));
    // Until then nothing has changed.
    assert!(is_in(&world.try_sign_in(ANA, OLD, None).await));
    let enrol = async |code: &str, proof: &Proof| {
        let code = Secret::new(code);
        world
            .service
            .enrol(
                &world.moment,
                &world.idp,
                &session,
                (&enrolment.sealed, &code, proof),
            )
            .await
    };
    assert_eq!(code(enrol("000000", &proof(None)).await), "enrolment.code");
    let right = shown(&enrolment.secret, now(&world));
    let stranger = Proof {
        password: Secret::new("another-password"),
        code: None,
    };
    assert_eq!(code(enrol(&right, &stranger).await), "login.credentials");
    let (_, renewed) = ok(enrol(&right, &proof(None)).await);
    assert!(lives(&world, &renewed.cookie).await && !lives(&world, &other).await);
    // The code that confirmed it is used up.
    assert!(!is_in(&world.try_sign_in(ANA, OLD, Some(&right)).await));
    world.pass(30);
    let next = shown(&enrolment.secret, now(&world));
    assert!(asks(&world.try_sign_in(ANA, OLD, None).await));
    assert!(is_in(&world.try_sign_in(ANA, OLD, Some(&next)).await));
}

#[tokio::test]
async fn a_code_of_another_secret_does_not_confirm_one() {
    let world = World::new().await;
    let (_, session) = world.sign_in(ANA, OLD).await;
    let (first, second) = (begin(&world, &session).await, begin(&world, &session).await);
    let foreign = Secret::new(shown(&first.secret, now(&world)));
    let own = proof(None);
    let enrol = || {
        world.service.enrol(
            &world.moment,
            &world.idp,
            &session,
            (&second.sealed, &foreign, &own),
        )
    };
    assert_eq!(code(enrol().await), "enrolment.code");
    let _off = guard::off("enrolment.code");
    ok(enrol().await);
}

#[tokio::test]
async fn an_enrolment_belongs_to_its_session_and_is_over_after_a_while() {
    let mut world = World::new().await;
    let (_, session) = world.sign_in(ANA, OLD).await;
    let (_, other) = world.sign_in(ANA, OLD).await;
    let enrolment = begin(&world, &session).await;
    let own = proof(None);
    let right = Secret::new(shown(&enrolment.secret, now(&world)));
    let typed = (enrolment.sealed.as_str(), &right, &own);
    let elsewhere = world
        .service
        .enrol(&world.moment, &world.idp, &other, typed);
    assert_eq!(code(elsewhere.await), "enrolment.over");
    let resumed = world
        .service
        .resume_enrolment(&world.moment, &world.idp, &session, &enrolment.sealed)
        .await
        .unwrap();
    assert_eq!(resumed.unwrap().secret, enrolment.secret);
    world.pass(15 * 60);
    let late = Secret::new(shown(&enrolment.secret, now(&world)));
    let typed = (enrolment.sealed.as_str(), &late, &own);
    let late = world
        .service
        .enrol(&world.moment, &world.idp, &session, typed);
    assert_eq!(code(late.await), "enrolment.over");
}

#[tokio::test]
async fn of_fifty_confirmations_at_once_one_happens() {
    let world = World::new().await;
    let (_, session) = world.sign_in(ANA, OLD).await;
    let enrolment = begin(&world, &session).await;
    let right = Secret::new(shown(&enrolment.secret, now(&world)));
    let own = proof(None);
    let answers = futures_util::future::join_all((0..50).map(|_| {
        let typed = (enrolment.sealed.as_str(), &right, &own);
        world
            .service
            .enrol(&world.moment, &world.idp, &session, typed)
    }))
    .await;
    let done = answers
        .iter()
        .filter(|answer| answer.as_ref().unwrap().is_ok());
    assert_eq!(done.count(), 1);
    assert_eq!(
        world
            .events("my-domain", "authenticator.enrolled")
            .await
            .len(),
        1
    );
}

#[tokio::test]
async fn taking_an_authenticator_away_needs_a_code_of_it() {
    let mut world = World::new().await;
    let (_, session) = world.sign_in(ANA, OLD).await;
    let (enrolment, codes) = enrolled(&world, &session).await;
    let remove = async |world: &World, code: Option<&str>| {
        let proof = proof(code);
        world
            .service
            .remove_authenticator(&world.moment, &world.idp, &session, &proof)
            .await
    };
    assert_eq!(code(remove(&world, None).await), "login.code");
    assert_eq!(code(remove(&world, Some("000000")).await), "login.code");
    let used = shown(&enrolment.secret, now(&world));
    assert_eq!(
        code(remove(&world, Some(&used)).await),
        "login.code",
        "it confirmed the enrolment"
    );
    world.pass(30);
    ok(remove(&world, Some(&shown(&enrolment.secret, now(&world)))).await);
    assert!(is_in(&world.try_sign_in(ANA, OLD, None).await));
    // Its recovery codes went with it: enrolled anew, they open nothing.
    let (_, session) = world.sign_in(ANA, OLD).await;
    enrolled(&world, &session).await;
    assert!(asks(
        &world.try_sign_in(ANA, OLD, Some(&codes.shown()[0])).await
    ));
}

#[tokio::test]
async fn without_the_guard_a_password_alone_takes_an_authenticator_away() {
    let world = World::new().await;
    let (_, session) = world.sign_in(ANA, OLD).await;
    enrolled(&world, &session).await;
    let own = proof(None);
    let remove = || {
        world
            .service
            .remove_authenticator(&world.moment, &world.idp, &session, &own)
    };
    assert_eq!(code(remove().await), "login.code");
    let _off = guard::off("login.code");
    ok(remove().await);
}

#[tokio::test]
async fn declaring_the_same_again_leaves_an_enrolled_authenticator_alone() {
    let mut world = World::new().await;
    let (_, session) = world.sign_in(ANA, OLD).await;
    let (enrolment, codes) = enrolled(&world, &session).await;
    world.declare(|_| ()).await;
    assert!(asks(&world.try_sign_in(ANA, OLD, None).await));
    // One that the operator declares replaces it, and the codes that stood in for the one before.
    world
        .declare(|declared| {
            declared.organization[0].user[0].totp = Some("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".into());
        })
        .await;
    world.pass(30);
    let before = shown(&enrolment.secret, now(&world));
    assert!(!is_in(&world.try_sign_in(ANA, OLD, Some(&before)).await));
    assert!(!is_in(
        &world.try_sign_in(ANA, OLD, Some(&codes.shown()[0])).await
    ));
    let declared = shown("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", now(&world));
    let step = world.try_sign_in(ANA, OLD, Some(&declared)).await;
    assert!(matches!(step, NextStep::SignedIn { .. }), "{step:?}");
}
