use super::{ANA, OLD, lives};
use crate::support::{World, ok};

#[tokio::test]
async fn a_person_sees_where_they_are_signed_in_and_nobody_else() {
    let mut world = World::new().await;
    let (_, first) = world.sign_in(ANA, OLD).await;
    world.sign_in("outsider@my-domain", OLD).await;
    world.answer(&world.begin().await, &first).await;
    world.pass(600);
    world.moment.browser = Some("Another/1.0".into());
    let (_, second) = world.sign_in(ANA, OLD).await;
    let seen = world
        .service
        .sessions_of(&world.moment, &world.idp, &second)
        .await
        .unwrap();
    let [own, other] = &seen[..] else {
        panic!("{seen:?}")
    };
    assert!(own.own && !other.own);
    assert_eq!(
        (own.browser.as_deref(), own.parties.len()),
        (Some("Another/1.0"), 0)
    );
    assert_eq!(other.id, first.id);
    assert_eq!(other.parties, ["storagegrid"]);
    assert_eq!(other.client.as_deref(), Some("192.0.2.1"));
    assert_eq!(other.door, "adfs");
}

#[tokio::test]
async fn signing_out_elsewhere_ends_every_session_but_this_one() {
    let world = World::new().await;
    let (elsewhere, _) = world.sign_in(ANA, OLD).await;
    let (stranger, _) = world.sign_in("outsider@my-domain", OLD).await;
    let (own, session) = world.sign_in(ANA, OLD).await;
    let ended = world
        .service
        .sign_out_elsewhere(&world.moment, &world.idp, &session)
        .await;
    assert_eq!(ended.unwrap(), 1);
    assert!(lives(&world, &own).await);
    assert!(!lives(&world, &elsewhere).await);
    assert!(lives(&world, &stranger).await);
    ok(world
        .service
        .sign_out(&world.moment, &world.idp, &session)
        .await);
    assert!(!lives(&world, &own).await);
}
