//! Databases that earlier releases left: the present build opens them, migrates them, and what was issued still counts.
//!
//! `tests/fixtures/v0.1.0` holds what that release wrote, as SQL for each engine, and what its clients were given; the
//! master key is that of [`World`]. [`leave`] wrote them, and writes those of the next release.

mod leave;

use crate::gateway::{Desk, bearer};
use crate::grants::Comercial;
use crate::support::{World, code, ok, postgresql};
use crate::{federation, psc, second_factor};
use identity::error::Answer;
use identity::login::{NextStep, Secret};
use identity::providers::IssuedToken;
use jiff::Timestamp;
use leave::{Left, Posted};
use sqlx::AnyPool;
use std::path::{Path, PathBuf};

#[tokio::test]
async fn sqlite_of_v0_1_0_is_opened_and_what_it_issued_still_counts() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("identity.db").display());
    sqlx::any::install_default_drivers();
    let pool = AnyPool::connect(&format!("{url}?mode=rwc")).await.unwrap();
    load(&pool, "sqlite").await;
    everything_still_counts(World::left(&url, folder).await, "sqlite").await;
}

/// Runs where `TEST_DATABASE_URL` names a PostgreSQL.
#[tokio::test]
async fn postgresql_of_v0_1_0_is_opened_and_what_it_issued_still_counts() {
    let Some(url) = postgresql("v0_1_0").await else {
        return;
    };
    let pool = AnyPool::connect(&url).await.unwrap();
    load(&pool, "postgresql").await;
    let world = World::left(&url, tempfile::tempdir().unwrap()).await;
    everything_still_counts(world, "postgresql").await;
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/v0.1.0")
        .join(name)
}

async fn load(pool: &AnyPool, engine: &str) {
    let dump = std::fs::read_to_string(fixture(&format!("{engine}.sql"))).unwrap();
    let mut connection = pool.acquire().await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(dump))
        .execute(&mut *connection)
        .await
        .unwrap();
    drop(connection);
    pool.close().await;
}

async fn everything_still_counts(mut world: World, engine: &str) {
    let left = std::fs::read_to_string(fixture(&format!("{engine}.json"))).unwrap();
    let left: Left = serde_json::from_str(&left).unwrap();
    world.moment.now = Timestamp::from_second(left.now).unwrap();
    // Opened twice: the migrations that ran once are not run again.
    world.service.ready().await.unwrap();

    sign_ons_count(&world, &left).await;
    federation_counts(&world, &left).await;
    let world = grants_count(world, &left).await;
    gateway_counts(world, &left).await;
}

/// People, sessions, signing keys, tokens, and what was used up.
async fn sign_ons_count(world: &World, left: &Left) {
    let (service, moment) = (&world.service, &world.moment);
    let session = service.session(moment, &world.idp, &left.cookie).await;
    let session = session.unwrap().expect("the session that was open");
    assert_eq!(session.user_name, "my-sso-username@my-domain");
    assert!(world.is_live(&left.token).await);
    assert!(!world.is_live(&left.revoked_token).await);
    // An answer to a request of that time, signed with a key of that time.
    let spent = finish(world, &left.spent_response).await;
    assert_eq!(code(spent), "assertion.replayed");
    let token = ok(finish(world, &left.fresh_response).await).plain;
    assert!(world.is_live(&token).await);

    // The code that was used stays used, the next one is good: the secret of the second factor opens.
    let shown = |later: i64| second_factor::shown(left.now + later);
    let again = world
        .try_sign_in("mfa-user", "my-password", Some(&shown(0)))
        .await;
    assert!(matches!(
        again,
        NextStep::AskSecondFactor {
            wrong_code: true,
            ..
        }
    ));
    let next = world
        .try_sign_in("mfa-user", "my-password", Some(&shown(30)))
        .await;
    assert!(matches!(next, NextStep::SignedIn { .. }));
    let (post, _) = world.response().await;
    ok(world.finish(&post).await);
    assert!(!world.events("grid", "token.issued").await.is_empty());
    // Declaring again finds what was declared: identifiers, hashes and keys stay.
    world.declare(|_| ()).await;
    assert!(
        service
            .session(moment, &world.idp, &left.cookie)
            .await
            .unwrap()
            .is_some()
    );
}

async fn finish(world: &World, post: &Posted) -> Answer<IssuedToken> {
    let (response, relay_state) = (&post.saml_response, post.relay_state.as_deref());
    world
        .service
        .finish_sign_on(&world.moment, &world.sp, response, relay_state)
        .await
}

async fn federation_counts(world: &World, left: &Left) {
    for token in [&left.unscoped, &left.scoped] {
        ok(federation::show(world, token, token).await);
    }
    ok(federation::scope(world, &left.unscoped).await);
}

async fn grants_count(world: World, left: &Left) -> World {
    let org = Comercial::of(world, "comercial");
    assert!(org.is_live(&left.access_token).await);
    assert_eq!(
        ok(org.user_of("30251233", &left.jwt).await).name,
        "Ana Souza"
    );
    ok(org.renew("30251233", &left.ticket).await);
    assert_eq!(
        code(org.renew("30251233", &left.ticket).await),
        "ticket.replayed"
    );
    let renewed = org.refresh(&left.refresh_token).await.unwrap().unwrap();
    assert!(org.is_live(&renewed.access_token).await);
    // A code that was redeemed then is a replay now, and ends what came of it.
    assert!(org.redeem(&left.spent_code).await.unwrap().is_err());
    assert!(!org.is_live(&renewed.access_token).await);
    org.world
}

async fn gateway_counts(world: World, left: &Left) {
    let own = Secret::new(left.psc_session.as_str());
    let session = world
        .service
        .use_psc_session(&world.moment, "psc", &own)
        .await;
    assert!(session.unwrap().is_some());
    let shown = second_factor::shown(left.now);
    let again = world
        .service
        .open_psc_session(&world.moment, "psc", &psc::request(&shown))
        .await;
    assert_eq!(code(again), "login.credentials");

    let desk = Desk::over(world);
    let kept = Secret::new(left.gateway_session.as_str());
    desk.begin(bearer(kept.expose()), "")
        .await
        .expect("the session that was kept");
    // Its token opens: it can be ended at its provider.
    let (service, moment) = (&desk.world.service, &desk.world.moment);
    service
        .revoke_gateway_session(moment, &desk.gateway, &kept)
        .await
        .unwrap()
        .unwrap();
    assert!(desk.begin(bearer(kept.expose()), "").await.is_err());
}
