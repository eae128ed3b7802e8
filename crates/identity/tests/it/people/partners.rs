//! People whom a partner vouches for, at a door of an organization that trusts it.

use crate::support::{World, code, ok, query};
use identity::Refused;
use identity::entities::{IdentityProvider, ServiceProvider};
use identity::error::Answer;
use identity::guard;
use identity::login::{NextStep, Session};
use identity::sso::{Came, PostBack};

const UPN: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn";

/// The door of `grid` at which they come in.
fn door(world: &World) -> IdentityProvider {
    IdentityProvider {
        organization: "grid".into(),
        door: "horacius".into(),
        ..world.idp.clone()
    }
}

async fn world() -> World {
    let world = World::new().await;
    world
        .declare(|declared| {
            declared.organization[1].identity_provider[0].user_attribute = Some(UPN.into());
        })
        .await;
    world
}

/// A response of the partner for `user`, and what the browser that asked shows.
async fn vouched(world: &World, user: &str) -> (PostBack, String) {
    let begun = ok(world
        .service
        .begin_at_partner(&world.moment, &world.sp, "adfs")
        .await);
    let (_, session) = world.sign_in(user, "my-password").await;
    let asked = ok(world
        .service
        .judge_request(&world.moment, &world.idp, Came::Redirect(query(&begun.url)))
        .await);
    let post = world
        .service
        .vouch(&world.moment, &world.idp, &session, &asked);
    (ok(post.await), begun.binding)
}

async fn finish(world: &World, (post, binding): (&PostBack, &str)) -> Answer<NextStep> {
    let entities: (&ServiceProvider, &IdentityProvider) = (&world.sp, &door(world));
    let shown = (post.saml_response.as_str(), &[binding][..]);
    world
        .service
        .finish_at_partner(&world.moment, entities, shown)
        .await
}

fn session(step: NextStep) -> Session {
    match step {
        NextStep::SignedIn { session, .. } => session,
        other => panic!("{other:?}"),
    }
}

/// A partner's person, written down and found again.
pub(super) async fn every_query(world: &World) {
    for _ in 0..2 {
        let (post, binding) = vouched(world, "my-sso-username").await;
        session(ok(finish(world, (&post, &binding)).await));
    }
    assert_eq!(world.service.partners("grid").await.unwrap(), ["adfs"]);
}

#[tokio::test]
async fn a_partners_person_gets_a_session_and_is_the_same_person_the_next_time() {
    let world = world().await;
    assert_eq!(world.service.partners("grid").await.unwrap(), ["adfs"]);
    assert_eq!(world.service.partners("my-domain").await.unwrap(), [""; 0]);
    let (post, binding) = vouched(&world, "my-sso-username").await;
    let first = session(ok(finish(&world, (&post, &binding)).await));
    assert_eq!(first.user_name, "my-sso-username@my-domain");
    let (post, binding) = vouched(&world, "my-sso-username").await;
    assert_eq!(
        session(ok(finish(&world, (&post, &binding)).await)).user,
        first.user
    );
    let (post, binding) = vouched(&world, "outsider").await;
    assert_ne!(
        session(ok(finish(&world, (&post, &binding)).await)).user,
        first.user
    );
    assert_eq!(world.events("grid", "partner.vouched").await.len(), 3);
}

#[tokio::test]
async fn a_partners_response_opens_one_session_of_fifty_at_once_and_after_a_restart() {
    let world = world().await;
    let (post, binding) = vouched(&world, "my-sso-username").await;
    let answers =
        futures_util::future::join_all((0..50).map(|_| finish(&world, (&post, &binding)))).await;
    let opened = answers
        .iter()
        .filter(|answer| answer.as_ref().unwrap().is_ok());
    assert_eq!(opened.count(), 1);
    let again = finish(&world.another_node().await, (&post, &binding)).await;
    assert_eq!(code(again), "assertion.replayed");
    let _off = (
        guard::off("assertion.replayed"),
        guard::off("assertion.in_response_to"),
    );
    session(ok(finish(&world, (&post, &binding)).await));
}

#[tokio::test]
async fn a_response_that_did_not_begin_in_this_browser_opens_nothing() {
    let world = world().await;
    let (post, _) = vouched(&world, "my-sso-username").await;
    assert_eq!(
        code(finish(&world, (&post, "another")).await),
        "sign_on.browser"
    );
    {
        let _off = guard::off("sign_on.browser");
        session(ok(finish(&world, (&post, "another")).await));
    }
    let (post, binding) = vouched(&world, "my-sso-username").await;
    session(ok(finish(&world, (&post, &binding)).await));
}

#[tokio::test]
async fn a_partner_cannot_make_anybody_who_is_declared_here() {
    let world = world().await;
    world
        .declare(|declared| {
            let mut namesake = declared.organization[0].user[0].clone();
            namesake.password = Some("another-password".into());
            declared.organization[1].identity_provider[0].user_attribute = Some(UPN.into());
            declared.organization[1].user.push(namesake);
        })
        .await;
    let (post, binding) = vouched(&world, "my-sso-username").await;
    assert_eq!(
        code(finish(&world, (&post, &binding)).await),
        "partner.name_taken"
    );
    let (post, binding) = vouched(&world, "outsider").await;
    session(ok(finish(&world, (&post, &binding)).await));
}

#[tokio::test]
async fn a_partner_that_is_disabled_meanwhile_vouches_for_nobody() {
    let world = world().await;
    let (post, binding) = vouched(&world, "my-sso-username").await;
    let enable = async |enabled| {
        world
            .declare(|declared| {
                let provider = &mut declared.organization[1].identity_provider[0];
                provider.enabled = Some(enabled);
                provider.user_attribute = Some(UPN.into());
            })
            .await;
    };
    enable(false).await;
    assert_eq!(world.service.partners("grid").await.unwrap(), [""; 0]);
    let refused: Answer<NextStep> = finish(&world, (&post, &binding)).await;
    assert!(matches!(
        refused,
        Ok(Err(Refused {
            code: "idp.disabled",
            ..
        }))
    ));
    enable(true).await;
    session(ok(finish(&world, (&post, &binding)).await));
}

#[tokio::test]
async fn a_response_for_an_account_opens_no_session_and_one_for_a_session_no_account() {
    let world = world().await;
    let (for_account, _) = world.response().await;
    let (for_session, binding) = vouched(&world, "my-sso-username").await;
    let crossed = {
        let _off = guard::off("sign_on.browser");
        finish(&world, (&for_account, "")).await
    };
    assert_eq!(code(crossed), "assertion.in_response_to");
    assert_eq!(
        code(world.finish(&for_session).await),
        "assertion.in_response_to"
    );
    ok(world.finish(&for_account).await);
    session(ok(finish(&world, (&for_session, &binding)).await));
}

#[tokio::test]
async fn a_sign_on_that_began_at_one_organization_ends_at_no_other() {
    let world = World::new().await;
    world
        .declare(|declared| {
            declared.organization[1].identity_provider[0].user_attribute = Some(UPN.into());
            let mut twin = declared.organization[1].clone();
            twin.id = "twin".into();
            declared.organization.push(twin);
        })
        .await;
    let (post, binding) = vouched(&world, "my-sso-username").await;
    let provider = ServiceProvider {
        organization: "twin".into(),
        ..world.sp.clone()
    };
    let elsewhere = IdentityProvider {
        organization: "twin".into(),
        ..door(&world)
    };
    let shown = (post.saml_response.as_str(), &[binding.as_str()][..]);
    let entities = (&provider, &elsewhere);
    let finished = world
        .service
        .finish_at_partner(&world.moment, entities, shown)
        .await;
    assert_eq!(code(finished), "assertion.in_response_to");
    session(ok(finish(&world, (&post, &binding)).await));
}
