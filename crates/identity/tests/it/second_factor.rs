//! Codes: each once, durably, and only after the password.

use crate::support::World;
use identity::guard;
use identity::login::{NextStep, Secret};

const USER: &str = "mfa-user@my-domain";

/// What an authenticator shows: RFC 6238 written down a second time, so that the rule is not its own judge.
pub(crate) fn shown(second: i64) -> String {
    let key = aws_lc_rs::hmac::Key::new(
        aws_lc_rs::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        b"12345678901234567890",
    );
    let tag = aws_lc_rs::hmac::sign(&key, &(second / 30).to_be_bytes());
    let at = usize::from(tag.as_ref()[19] % 16);
    let number = u32::from_be_bytes(tag.as_ref()[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

async fn pending(world: &World) -> String {
    match world.try_sign_in(USER, "my-password", None).await {
        NextStep::AskSecondFactor {
            pending,
            wrong_code: false,
        } => pending,
        other => panic!("{other:?}"),
    }
}

async fn try_code(world: &World, pending: &str, code: &str) -> NextStep {
    world
        .service
        .second_factor(&world.moment, &world.idp, pending, &Secret::new(code))
        .await
        .unwrap()
}

fn is_in(step: &NextStep) -> bool {
    matches!(step, NextStep::SignedIn { .. })
}

fn is_wrong(step: &NextStep) -> bool {
    matches!(
        step,
        NextStep::AskSecondFactor {
            wrong_code: true,
            ..
        }
    )
}

fn is_refused(step: &NextStep, code: &str) -> bool {
    matches!(step, NextStep::Refused(refused) if refused.code == code)
}

#[tokio::test]
async fn a_password_and_a_code_sign_in_in_two_steps_or_in_one() {
    let mut world = World::new().await;
    let now = world.moment.now.as_second();
    assert!(is_wrong(
        &world.try_sign_in(USER, "my-password", Some("000000")).await
    ));
    let step = try_code(&world, &pending(&world).await, &shown(now)).await;
    let NextStep::SignedIn { session, .. } = step else {
        panic!("{step:?}")
    };
    assert_eq!(
        session.class_ref,
        "urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken"
    );
    world.pass(30);
    assert!(is_in(
        &world
            .try_sign_in(USER, "my-password", Some(&shown(now + 30)))
            .await
    ));
}

#[tokio::test]
async fn a_code_is_accepted_once_at_once_later_and_on_another_node() {
    let world = World::new().await;
    let now = world.moment.now.as_second();
    let (first, second) = (pending(&world).await, pending(&world).await);
    assert!(is_in(&try_code(&world, &first, &shown(now)).await));
    assert!(is_wrong(&try_code(&world, &second, &shown(now)).await));
    let other = world.another_node().await;
    assert!(is_wrong(&try_code(&other, &second, &shown(now)).await));
    let _off = guard::off("login.code_reuse");
    assert!(is_in(&try_code(&world, &second, &shown(now)).await));
}

#[tokio::test]
async fn of_fifty_concurrent_sign_ins_with_one_code_one_succeeds() {
    let world = World::new().await;
    let code = shown(world.moment.now.as_second());
    let steps = futures_util::future::join_all(
        (0..50).map(|_| world.try_sign_in(USER, "my-password", Some(&code))),
    )
    .await;
    assert_eq!(steps.iter().filter(|step| is_in(step)).count(), 1);
    assert_eq!(steps.iter().filter(|step| is_wrong(step)).count(), 49);
    assert_eq!(world.events("my-domain", "session.opened").await.len(), 1);
}

#[tokio::test]
async fn an_earlier_code_is_refused_after_a_later_one() {
    let world = World::new().await;
    let now = world.moment.now.as_second();
    let step = pending(&world).await;
    assert!(
        is_in(&try_code(&world, &step, &shown(now + 30)).await),
        "a clock half a minute ahead"
    );
    let step = pending(&world).await;
    assert!(is_wrong(&try_code(&world, &step, &shown(now)).await));
    let _off = guard::off("login.code_reuse");
    assert!(is_in(&try_code(&world, &step, &shown(now)).await));
}

#[tokio::test]
async fn codes_outside_the_window_or_in_another_spelling_are_wrong() {
    let world = World::new().await;
    let now = world.moment.now.as_second();
    let step = pending(&world).await;
    let code = shown(now);
    for wrong in [
        shown(now - 60),
        shown(now + 60),
        format!("{code}0"),
        format!(" {code}"),
        code[..5].to_owned(),
        String::new(),
    ] {
        assert!(
            is_wrong(&try_code(&world, &step, &wrong).await),
            "{wrong:?}"
        );
    }
    assert!(is_in(&try_code(&world, &step, &code).await));
}

#[tokio::test]
async fn wrong_codes_make_wait_and_a_right_password_forgives_none() {
    let world = World::new()
        .await
        .limited(|settings| settings.codes_per_five_minutes = 5);
    let now = world.moment.now.as_second();
    for _ in 0..5 {
        assert!(is_wrong(
            &try_code(&world, &pending(&world).await, "000000").await
        ));
    }
    let step = pending(&world).await;
    assert!(is_refused(
        &try_code(&world, &step, &shown(now)).await,
        "login.throttled"
    ));
    let _off = guard::off("login.throttled");
    assert!(is_in(&try_code(&world, &step, &shown(now)).await));
}

#[tokio::test]
async fn a_second_step_needs_a_first_step_of_the_same_door_and_lately() {
    let mut world = World::new().await;
    let step = pending(&world).await;
    for forged in ["", "anything", &step[1..]] {
        assert!(is_refused(
            &try_code(&world, forged, &shown(world.moment.now.as_second())).await,
            "login.pending"
        ));
    }
    let elsewhere = identity::entities::IdentityProvider {
        door: "pingfederate".into(),
        ..world.idp.clone()
    };
    let code = Secret::new(shown(world.moment.now.as_second()));
    let refused = world
        .service
        .second_factor(&world.moment, &elsewhere, &step, &code)
        .await
        .unwrap();
    assert!(is_refused(&refused, "login.pending"));
    world.pass(299);
    let now = world.moment.now.as_second();
    assert!(
        is_in(&try_code(&world, &step, &shown(now)).await),
        "the control"
    );
    world.pass(30);
    assert!(
        is_wrong(&try_code(&world, &step, &shown(now + 30)).await)
            || is_refused(
                &try_code(&world, &step, &shown(now + 30)).await,
                "login.pending"
            ),
        "completed once"
    );
}

#[tokio::test]
async fn a_pending_sign_in_ends_with_the_password_it_was_for() {
    let world = World::new().await;
    let step = pending(&world).await;
    world
        .declare(|declared| {
            declared.organization[0].user[1].password = Some("another-password".into());
        })
        .await;
    assert!(is_refused(
        &try_code(&world, &step, &shown(world.moment.now.as_second())).await,
        "login.pending"
    ));
}

#[tokio::test]
async fn a_code_of_one_person_completes_no_sign_in_of_another() {
    let world = World::new().await;
    let now = world.moment.now.as_second();
    // Another person enrols an authenticator of their own.
    world
        .declare(|declared| {
            let people = declared.organization[0].user.iter_mut();
            people
                .filter(|person| person.name.starts_with("outsider"))
                .for_each(|person| {
                    person.totp = Some("MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK".to_owned());
                });
        })
        .await;
    let NextStep::AskSecondFactor { pending: other, .. } =
        world.try_sign_in("outsider", "my-password", None).await
    else {
        panic!("no second factor was asked for")
    };
    assert!(is_wrong(&try_code(&world, &other, &shown(now)).await));
    // It was no use of the code, and no failure of whose code it is.
    assert!(is_in(
        &try_code(&world, &pending(&world).await, &shown(now)).await
    ));
}
