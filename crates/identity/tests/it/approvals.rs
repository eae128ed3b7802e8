//! Telephones: what each may answer, and the one sign-in that it completes.

use crate::support::{World, code};
use identity::approvals::{Begun, Method, Reply, Standing, Telephone};
use identity::guard;
use identity::login::{NextStep, Secret};

const USER: &str = "mfa-user@my-domain";
const PEOPLE: &str = "my-domain";

async fn world() -> World {
    World::new()
        .await
        .limited(|settings| settings.telephones = true)
}

async fn pending(world: &World) -> String {
    match world.try_sign_in(USER, "my-password", None).await {
        NextStep::AskSecondFactor { pending, .. } => pending,
        other => panic!("{other:?}"),
    }
}

async fn ask(world: &World, pending: &str, method: Method) -> Begun {
    world
        .service
        .ask_telephone(&world.moment, &world.idp, (pending, method))
        .await
        .unwrap()
        .unwrap()
}

/// A sign-in that waits for an approval, with the number that its page shows.
async fn waiting(world: &World) -> (String, String) {
    let begun = ask(world, &pending(world).await, Method::Push).await;
    (begun.pending, begun.number.unwrap())
}

/// A sign-in that waits for a code, with the code that was sent.
async fn sent(world: &World) -> (String, String) {
    let begun = ask(world, &pending(world).await, Method::Message).await;
    assert_eq!(begun.number, None);
    (begun.pending, at_telephone(world).await.1)
}

/// Identifier and content of the latest that waits.
async fn at_telephone(world: &World) -> (String, String) {
    let mut waiting = world
        .service
        .waiting_approvals(&world.moment, PEOPLE)
        .await
        .unwrap();
    let latest = waiting.remove(0);
    (latest.id, latest.content)
}

async fn reply(world: &World, reply: Reply<'_>) -> Result<(), identity::Refused> {
    let (id, _) = at_telephone(world).await;
    world
        .service
        .answer_approval(&world.moment, PEOPLE, (&id, reply))
        .await
        .unwrap()
}

async fn standing(world: &World, pending: &str) -> Standing {
    world
        .service
        .approval(&world.moment, &world.idp, pending)
        .await
        .unwrap()
}

async fn type_code(world: &World, pending: &str, code: &str) -> NextStep {
    world
        .service
        .message_code(&world.moment, &world.idp, (pending, &Secret::new(code)))
        .await
        .unwrap()
}

fn is_in(standing: &Standing) -> bool {
    matches!(standing, Standing::Over(NextStep::SignedIn { .. }))
}

fn is_over(standing: &Standing) -> bool {
    matches!(standing, Standing::Over(NextStep::Refused(refused)) if refused.code == "login.pending")
}

fn is_refused(step: &NextStep, code: &str) -> bool {
    matches!(step, NextStep::Refused(refused) if refused.code == code)
}

#[tokio::test]
async fn an_approval_with_the_number_of_the_page_signs_in_once() {
    let world = world().await;
    let (pending, number) = waiting(&world).await;
    assert!(
        matches!(standing(&world, &pending).await, Standing::Waiting(shown) if shown == number)
    );
    reply(&world, Reply::Approve(&number)).await.unwrap();
    let Standing::Over(NextStep::SignedIn { session, .. }) = standing(&world, &pending).await
    else {
        panic!("not signed in")
    };
    assert_eq!(
        session.class_ref,
        "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorUnregistered"
    );
    assert_eq!(world.events(PEOPLE, "approval.asked").await.len(), 1);
    assert_eq!(world.events(PEOPLE, "approval.approved").await.len(), 1);
    assert!(is_over(&standing(&world, &pending).await));
    let other = world
        .another_node()
        .await
        .limited(|settings| settings.telephones = true);
    assert!(is_over(&standing(&other, &pending).await));
    let _completed = guard::off("login.pending");
    assert!(is_over(&standing(&world, &pending).await));
    let _used = guard::off("login.approval_reuse");
    assert!(is_in(&standing(&world, &pending).await));
}

#[tokio::test]
async fn of_fifty_concurrent_questions_one_signs_in() {
    let world = world().await;
    let (pending, number) = waiting(&world).await;
    reply(&world, Reply::Approve(&number)).await.unwrap();
    let all = futures_util::future::join_all((0..50).map(|_| standing(&world, &pending))).await;
    assert_eq!(all.iter().filter(|standing| is_in(standing)).count(), 1);
    assert_eq!(all.iter().filter(|standing| is_over(standing)).count(), 49);
    assert_eq!(world.events(PEOPLE, "session.opened").await.len(), 1);
}

#[tokio::test]
async fn another_number_denies() {
    let world = world().await;
    let (pending, number) = waiting(&world).await;
    let wrong = if number == "10" { "11" } else { "10" };
    let refused = reply(&world, Reply::Approve(wrong)).await.unwrap_err();
    assert_eq!(refused.code, "approval.number");
    assert!(matches!(standing(&world, &pending).await, Standing::Denied));
    let denied = world.events(PEOPLE, "approval.denied").await;
    assert_eq!(denied[0].detail, "another number than the page shows");
    let _off = guard::off("approval.number");
    let (pending, _) = waiting(&world).await;
    reply(&world, Reply::Approve("0")).await.unwrap();
    assert!(is_in(&standing(&world, &pending).await));
}

#[tokio::test]
async fn what_was_denied_or_not_answered_signs_nobody_in() {
    let world = world().await;
    let (pending, number) = waiting(&world).await;
    let (id, _) = at_telephone(&world).await;
    reply(&world, Reply::Deny).await.unwrap();
    assert!(matches!(standing(&world, &pending).await, Standing::Denied));
    // A second answer changes nothing.
    let late = world
        .service
        .answer_approval(&world.moment, PEOPLE, (&id, Reply::Approve(&number)))
        .await;
    assert_eq!(code(late), "approval.over");
    assert!(matches!(standing(&world, &pending).await, Standing::Denied));
    {
        // Nor does the store take what was denied, or not answered, for approved.
        let _off = guard::off("login.denied");
        assert!(is_over(&standing(&world, &pending).await));
        let _off = guard::off("login.approval_reuse");
        let _off = guard::off("login.pending");
        assert!(is_in(&standing(&world, &pending).await));
    }
    let (unanswered, number) = waiting(&world).await;
    {
        let _off = guard::off("login.waiting");
        assert!(is_over(&standing(&world, &unanswered).await));
    }
    // The control.
    reply(&world, Reply::Approve(&number)).await.unwrap();
    assert!(is_in(&standing(&world, &unanswered).await));
}

#[tokio::test]
async fn a_telephone_that_answers_too_late_answers_nothing() {
    let mut world = world().await;
    let (pending, number) = waiting(&world).await;
    let (id, _) = at_telephone(&world).await;
    world.pass(300);
    assert!(
        world
            .service
            .waiting_approvals(&world.moment, PEOPLE)
            .await
            .unwrap()
            .is_empty()
    );
    let answer = || {
        world
            .service
            .answer_approval(&world.moment, PEOPLE, (&id, Reply::Approve(&number)))
    };
    assert_eq!(code(answer().await), "approval.over");
    let _off = guard::off("approval.over");
    answer().await.unwrap().unwrap();
    assert!(
        is_over(&standing(&world, &pending).await),
        "and nobody waits any more"
    );
}

#[tokio::test]
async fn an_approval_completes_no_other_sign_in() {
    let mut world = world().await;
    let (first, _) = waiting(&world).await;
    world.pass(1);
    let (second, number) = waiting(&world).await;
    let without = pending(&world).await;
    reply(&world, Reply::Approve(&number)).await.unwrap();
    assert!(matches!(
        standing(&world, &first).await,
        Standing::Waiting(_)
    ));
    assert!(is_over(&standing(&world, &without).await));
    for forged in ["", "anything", &second[1..]] {
        assert!(is_over(&standing(&world, forged).await));
    }
    let elsewhere = identity::entities::IdentityProvider {
        door: "pingfederate".into(),
        ..world.idp.clone()
    };
    let standing_elsewhere = world
        .service
        .approval(&world.moment, &elsewhere, &second)
        .await
        .unwrap();
    assert!(is_over(&standing_elsewhere));
    // The control.
    assert!(is_in(&standing(&world, &second).await));
}

#[tokio::test]
async fn a_code_that_was_sent_signs_in_once_and_no_other_does() {
    let world = world().await;
    let (pending, code) = sent(&world).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for wrong in ["", wrong, &format!("{code}0"), &format!(" {code}")] {
        let step = type_code(&world, &pending, wrong).await;
        assert!(
            matches!(
                &step,
                NextStep::AskSecondFactor {
                    wrong_code: true,
                    ..
                }
            ),
            "{wrong:?}: {step:?}"
        );
    }
    let step = type_code(&world, &pending, &code).await;
    assert!(matches!(step, NextStep::SignedIn { .. }), "{step:?}");
    let again = || type_code(&world, &pending, &code);
    assert!(is_refused(&again().await, "login.pending"));
    let _completed = guard::off("login.pending");
    assert!(is_refused(&again().await, "login.pending"));
    let _used = guard::off("login.approval_reuse");
    assert!(matches!(again().await, NextStep::SignedIn { .. }));
}

#[tokio::test]
async fn without_the_guard_a_wrong_code_would_sign_in() {
    let world = world().await;
    let (pending, _) = sent(&world).await;
    let _off = guard::off("login.code");
    assert!(matches!(
        type_code(&world, &pending, "x").await,
        NextStep::SignedIn { .. }
    ));
}

#[tokio::test]
async fn a_code_that_was_sent_for_one_sign_in_completes_no_other() {
    let world = world().await;
    let (first, code) = sent(&world).await;
    let push = waiting(&world).await.0;
    let plain = pending(&world).await;
    for other in [&push, &plain] {
        assert!(is_refused(
            &type_code(&world, other, &code).await,
            "login.pending"
        ));
    }
    assert!(
        is_over(&standing(&world, &first).await),
        "nor does it approve"
    );
    assert!(matches!(
        type_code(&world, &first, &code).await,
        NextStep::SignedIn { .. }
    ));
}

#[tokio::test]
async fn wrong_codes_and_questions_make_wait() {
    let world = World::new().await.limited(|settings| {
        settings.telephones = true;
        settings.codes_per_five_minutes = 5;
    });
    let (pending, code) = sent(&world).await;
    for _ in 0..5 {
        type_code(&world, &pending, "x").await;
    }
    assert!(is_refused(
        &type_code(&world, &pending, &code).await,
        "login.throttled"
    ));
    let push = || {
        world
            .service
            .ask_telephone(&world.moment, &world.idp, (&pending, Method::Push))
    };
    for _ in 1..5 {
        push().await.unwrap().unwrap();
    }
    assert_eq!(push().await.unwrap().unwrap_err().code, "login.throttled");
    let _off = guard::off("login.throttled");
    push().await.unwrap().unwrap();
    assert!(matches!(
        type_code(&world, &pending, &code).await,
        NextStep::SignedIn { .. }
    ));
}

#[tokio::test]
async fn a_telephone_is_asked_only_as_declared_and_where_somebody_reaches_it() {
    let world = world().await;
    let telephone = |pending: String| {
        let world = &world;
        async move {
            world
                .service
                .telephone(&world.moment, &world.idp, &pending)
                .await
                .unwrap()
        }
    };
    let both = Telephone {
        push: true,
        message_to: Some("······34".into()),
    };
    assert_eq!(telephone(pending(&world).await).await, both);
    assert_eq!(telephone("anything".into()).await, Telephone::default());

    let nobody_calls = World::new().await;
    let step = pending(&nobody_calls).await;
    let ask = || {
        nobody_calls.service.ask_telephone(
            &nobody_calls.moment,
            &nobody_calls.idp,
            (&step, Method::Push),
        )
    };
    assert_eq!(ask().await.unwrap().unwrap_err().code, "login.method");
    let _off = guard::off("login.method");
    ask().await.unwrap().unwrap();
}

#[tokio::test]
async fn a_sign_in_that_waits_ends_with_the_telephone_that_it_waits_for() {
    let world = world().await;
    let (pending, number) = waiting(&world).await;
    reply(&world, Reply::Approve(&number)).await.unwrap();
    world
        .declare(|declared| declared.organization[0].user[1].push = false)
        .await;
    assert!(is_over(&standing(&world, &pending).await));
}

#[tokio::test]
async fn a_telephone_is_declared_beside_a_totp_and_in_international_form() {
    let world = world().await;
    let mut declared = world.declared().await;
    let people = &mut declared.organization[0].user;
    people[0].push = true;
    people[1].telephone = Some("11 90000-0034".into());
    let faults = world
        .service
        .declare(&world.moment, &declared)
        .await
        .unwrap()
        .unwrap_err();
    let said: Vec<String> = faults
        .iter()
        .map(|fault| format!("{}: {}", fault.at, fault.what))
        .collect();
    assert_eq!(
        said,
        [
            "organization[my-domain].user[my-sso-username@my-domain]: has a telephone but no totp, which the doors ask for that reach no telephone",
            "organization[my-domain].user[mfa-user@my-domain].telephone: is not a telephone number in international form, such as +55 11 90000-0000",
        ]
    );
}
