use super::{ANA, NEW, OLD, asks, enrolled, is_in, lives, now, shown};
use crate::support::{World, code, ok};
use identity::entities::IdentityProvider;
use identity::guard;
use identity::login::{NextStep, Secret};
use identity::people::{Letter, Purpose};

const BROWSER: &str = "the cookie of a browser";
const EMAIL: &str = "ana@example.com";

/// A world in which Ana has an address.
async fn world() -> World {
    let world = World::new().await;
    world
        .declare(|declared| declared.organization[0].user[0].email = Some(EMAIL.into()))
        .await;
    world
}

async fn ask(world: &World, purpose: Purpose, name: &str) -> Option<Letter> {
    world
        .service
        .ask_for_link(&world.moment, &world.idp, (purpose, name), BROWSER)
        .await
        .unwrap()
}

async fn letter(world: &World, purpose: Purpose) -> Letter {
    ask(world, purpose, ANA).await.expect("a letter")
}

async fn enter(world: &World, link: &str, browser: &str) -> NextStep {
    world
        .service
        .enter_by_link(&world.moment, &world.idp, (link, browser))
        .await
        .unwrap()
}

fn is_over(step: &NextStep) -> bool {
    matches!(step, NextStep::Refused(refused) if refused.code == "link.over")
}

async fn set(world: &World, link: &str, password: &str) -> identity::error::Answer<()> {
    let password = Secret::new(password);
    world
        .service
        .set_password_by_link(&world.moment, &world.idp, (link, &password))
        .await
}

#[tokio::test]
async fn a_link_opens_one_session_at_once_later_and_after_a_restart() {
    let world = world().await;
    let sent = letter(&world, Purpose::SignIn).await;
    assert_eq!(sent.address, EMAIL);
    let NextStep::SignedIn { session, .. } = enter(&world, &sent.link, BROWSER).await else {
        panic!("it works")
    };
    assert!(
        session.class_ref.ends_with("unspecified"),
        "no password was typed"
    );
    assert!(is_over(&enter(&world, &sent.link, BROWSER).await));
    assert!(is_over(
        &enter(&world.another_node().await, &sent.link, BROWSER).await
    ));
    let shown = (Purpose::SignIn, sent.link.as_str(), BROWSER);
    let looked = world
        .service
        .link_works(&world.moment, &world.idp, shown)
        .await;
    assert_eq!(code(looked), "link.over");
    let _off = guard::off("login.pending");
    assert!(is_in(&enter(&world, &sent.link, BROWSER).await));
}

#[tokio::test]
async fn of_fifty_uses_at_once_one_succeeds() {
    let world = world().await;
    let sent = letter(&world, Purpose::SignIn).await;
    let steps =
        futures_util::future::join_all((0..50).map(|_| enter(&world, &sent.link, BROWSER))).await;
    assert_eq!(steps.iter().filter(|step| is_in(step)).count(), 1);
    let sent = letter(&world, Purpose::Password).await;
    let answers =
        futures_util::future::join_all((0..50).map(|_| set(&world, &sent.link, NEW))).await;
    let done = answers
        .iter()
        .filter(|answer| answer.as_ref().unwrap().is_ok());
    assert_eq!(done.count(), 1);
}

#[tokio::test]
async fn looking_at_a_link_does_not_use_it_up() {
    let world = world().await;
    for purpose in [Purpose::SignIn, Purpose::Password] {
        let sent = letter(&world, purpose).await;
        for _ in 0..3 {
            let shown = (purpose, sent.link.as_str(), BROWSER);
            ok(world
                .service
                .link_works(&world.moment, &world.idp, shown)
                .await);
        }
    }
}

#[tokio::test]
async fn a_link_to_come_in_works_in_the_browser_that_asked_and_in_no_other() {
    let world = world().await;
    let sent = letter(&world, Purpose::SignIn).await;
    assert!(is_over(&enter(&world, &sent.link, "another browser").await));
    assert!(is_over(&enter(&world, &sent.link, "").await));
    {
        let _off = guard::off("link.browser");
        assert!(is_in(&enter(&world, &sent.link, "another browser").await));
    }
    let sent = letter(&world, Purpose::SignIn).await;
    assert!(is_in(&enter(&world, &sent.link, BROWSER).await));
}

#[tokio::test]
async fn a_link_is_over_after_a_quarter_of_an_hour() {
    let mut world = world().await;
    let sent = letter(&world, Purpose::SignIn).await;
    world.pass(15 * 60 - 1);
    let shown = (Purpose::SignIn, sent.link.as_str(), BROWSER);
    ok(world
        .service
        .link_works(&world.moment, &world.idp, shown)
        .await);
    world.pass(1);
    assert!(is_over(&enter(&world, &sent.link, BROWSER).await));
}

#[tokio::test]
async fn a_link_of_one_kind_door_or_organization_is_none_of_another() {
    let world = world().await;
    let sent = letter(&world, Purpose::Password).await;
    assert!(is_over(&enter(&world, &sent.link, BROWSER).await));
    let sent = letter(&world, Purpose::SignIn).await;
    assert_eq!(code(set(&world, &sent.link, NEW).await), "link.over");
    let door = IdentityProvider {
        door: "pingfederate".into(),
        ..world.idp.clone()
    };
    let organization = IdentityProvider {
        organization: "grid".into(),
        ..world.idp.clone()
    };
    for elsewhere in [door, organization] {
        let step = world
            .service
            .enter_by_link(&world.moment, &elsewhere, (&sent.link, BROWSER))
            .await
            .unwrap();
        assert!(is_over(&step));
    }
    for forged in ["", "anything", &sent.link[1..]] {
        assert!(is_over(&enter(&world, forged, BROWSER).await));
    }
    assert!(
        is_in(&enter(&world, &sent.link, BROWSER).await),
        "the control"
    );
}

#[tokio::test]
async fn a_link_does_not_stand_in_for_a_second_factor() {
    let mut world = world().await;
    let (_, session) = world.sign_in(ANA, OLD).await;
    let (enrolment, _) = enrolled(&world, &session).await;
    let sent = letter(&world, Purpose::SignIn).await;
    let NextStep::AskSecondFactor { pending, .. } = enter(&world, &sent.link, BROWSER).await else {
        panic!("a code is asked for")
    };
    assert!(
        is_over(&enter(&world, &sent.link, BROWSER).await),
        "used before the code came"
    );
    world.pass(30);
    let code = Secret::new(shown(&enrolment.secret, now(&world)));
    let step = world
        .service
        .second_factor(&world.moment, &world.idp, &pending, &code)
        .await
        .unwrap();
    assert!(is_in(&step));
    // Nor does setting a password.
    let sent = letter(&world, Purpose::Password).await;
    ok(set(&world, &sent.link, NEW).await);
    assert!(asks(&world.try_sign_in(ANA, NEW, None).await));
}

#[tokio::test]
async fn setting_a_password_anew_ends_every_session_and_every_other_link() {
    let world = world().await;
    let (cookie, _) = world.sign_in(ANA, OLD).await;
    let [first, second] = [
        letter(&world, Purpose::Password).await,
        letter(&world, Purpose::Password).await,
    ];
    let entry = letter(&world, Purpose::SignIn).await;
    assert_eq!(
        code(set(&world, &first.link, "short").await),
        "password.short"
    );
    ok(set(&world, &first.link, NEW).await);
    assert!(!lives(&world, &cookie).await);
    assert!(is_in(&world.try_sign_in(ANA, NEW, None).await));
    for link in [&first, &second] {
        assert_eq!(
            code(set(&world, &link.link, "outra girafa no telhado").await),
            "link.over"
        );
    }
    assert!(is_over(&enter(&world, &entry.link, BROWSER).await));
}

#[tokio::test]
async fn whoever_is_nobody_gets_no_letter_for_the_same_work() {
    let world = world().await;
    world
        .declare(|declared| declared.organization[0].user[0].disabled = true)
        .await;
    for nobody in [
        ANA,
        EMAIL,
        "outsider@my-domain",
        "nobody@my-domain",
        "",
        "a\0b",
    ] {
        assert_eq!(
            ask(&world, Purpose::SignIn, nobody).await,
            None,
            "{nobody:?}"
        );
    }
    let letter = ask(&self::world().await, Purpose::SignIn, &EMAIL.to_uppercase()).await;
    assert_eq!(
        letter.expect("by address, in any letter case").address,
        EMAIL
    );
}

#[tokio::test]
async fn an_address_that_two_people_have_names_neither() {
    let world = world().await;
    world
        .declare(|declared| {
            for person in [0, 2] {
                declared.organization[0].user[person].email = Some(EMAIL.into());
            }
        })
        .await;
    assert_eq!(ask(&world, Purpose::SignIn, EMAIL).await, None);
    assert!(ask(&world, Purpose::SignIn, ANA).await.is_some());
}

#[tokio::test]
async fn few_letters_an_hour_are_written_to_one_person_whoever_asks() {
    let mut world = world()
        .await
        .limited(|settings| settings.links_per_hour = 3);
    for host in 1..=3 {
        world.moment.client = Some([198, 51, 100, host].into());
        let name = if host == 2 { EMAIL } else { ANA };
        assert!(ask(&world, Purpose::SignIn, name).await.is_some());
    }
    world.moment.client = Some([198, 51, 100, 4].into());
    assert_eq!(ask(&world, Purpose::Password, ANA).await, None);
    {
        let _off = guard::off("link.throttled");
        assert!(ask(&world, Purpose::Password, ANA).await.is_some());
    }
    world.pass(3600);
    assert!(ask(&world, Purpose::Password, ANA).await.is_some());
}

#[tokio::test]
async fn one_client_cannot_have_letters_written_to_everybody() {
    let world = world()
        .await
        .limited(|settings| settings.links_per_hour = 1);
    for n in 0..10 {
        ask(&world, Purpose::SignIn, &format!("nobody-{n}@my-domain")).await;
    }
    assert_eq!(ask(&world, Purpose::SignIn, ANA).await, None);
    let mut elsewhere = world;
    elsewhere.moment.client = Some([198, 51, 100, 9].into());
    assert!(ask(&elsewhere, Purpose::SignIn, ANA).await.is_some());
}
