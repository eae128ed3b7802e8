//! Single logout, both roles. Each refusal leaves the session and its tokens alive.

mod afterwards;
mod chain;

use crate::support::{World, code, ok, query};
use identity::guard;
use identity::login::Session;
use identity::logout::LogoutOutcome;

/// What the store says of a session.
async fn lives(world: &World, session: &Session) -> bool {
    let asked = ok(world
        .service
        .judge_request(
            &world.moment,
            &world.idp,
            identity::sso::Came::Redirect(query(&world.begin().await)),
        )
        .await);
    world
        .service
        .vouch(&world.moment, &world.idp, session, &asked)
        .await
        .unwrap()
        .is_ok()
}

async fn at_provider(
    world: &World,
    query: &str,
) -> Result<Result<Option<String>, identity::Refused>, identity::Unavailable> {
    world
        .service
        .identity_provider_logout(&world.moment, &world.idp, query)
        .await
}

async fn at_us(
    world: &World,
    query: &str,
) -> Result<Result<LogoutOutcome, identity::Refused>, identity::Unavailable> {
    world
        .service
        .service_provider_logout(&world.moment, &world.sp, query)
        .await
}

fn without(query: &str, names: &[&str]) -> String {
    let kept: Vec<_> = query
        .split('&')
        .filter(|p| !names.iter().any(|name| p.starts_with(&format!("{name}="))))
        .collect();
    kept.join("&")
}

#[tokio::test]
async fn a_logout_ends_session_and_tokens_as_the_documents_print_it() {
    let world = World::new().await;
    let (token, session) = world.token().await;
    let url = ok(world
        .service
        .begin_logout(&world.moment, &world.sp, &token)
        .await);
    assert!(
        url.starts_with("https://adfs.example.com/adfs/ls/?SAMLRequest="),
        "{url}"
    );
    assert!(
        world.is_live(&token).await && lives(&world, &session).await,
        "asking ends nothing"
    );

    let back = ok(at_provider(&world, query(&url)).await).unwrap();
    assert!(
        back.starts_with("https://storagegrid.example.com:443/api/saml-logout?SAMLResponse="),
        "{back}"
    );
    assert!(back.ends_with("%23rsa-sha256"), "{back}");
    assert!(!lives(&world, &session).await && world.is_live(&token).await);

    assert_eq!(ok(at_us(&world, query(&back)).await), LogoutOutcome::Done);
    assert!(!world.is_live(&token).await);
    assert!(!world.another_node().await.is_live(&token).await);
    ok(world
        .service
        .revoke_token(&world.moment, "grid", &token)
        .await);
    assert_eq!(
        code(
            world
                .service
                .begin_logout(&world.moment, &world.sp, &token)
                .await
        ),
        "token.invalid"
    );
}

#[tokio::test]
async fn repeating_a_logout_is_harmless() {
    let world = World::new().await;
    let (token, _) = world.token().await;
    let url = ok(world
        .service
        .begin_logout(&world.moment, &world.sp, &token)
        .await);
    let first = ok(at_provider(&world, query(&url)).await).unwrap();
    let second = ok(at_provider(&world, query(&url)).await).unwrap();
    ok(at_us(&world, query(&first)).await);
    ok(at_us(&world, query(&second)).await);
    ok(at_us(&world, query(&first)).await);
    let (fresh, _) = world.token().await;
    ok(at_us(&world, query(&first)).await);
    assert!(
        world.is_live(&fresh).await,
        "a replay reaches no later sign-on"
    );
}

#[tokio::test]
async fn signing_out_at_the_providers_page_ends_the_tokens_of_that_session() {
    let world = World::new().await;
    let (token, session) = world.token().await;
    let (other, _) = world.token().await;
    let ask = ok(world
        .service
        .sign_out(&world.moment, &world.idp, &session)
        .await)
    .unwrap();
    assert!(
        ask.starts_with("https://storagegrid.example.com:443/api/saml-logout?SAMLRequest="),
        "{ask}"
    );
    assert!(!lives(&world, &session).await);
    let LogoutOutcome::Redirect(answer) = ok(at_us(&world, query(&ask)).await) else {
        panic!("an answer")
    };
    assert!(!world.is_live(&token).await);
    assert!(
        world.is_live(&other).await,
        "another session of the same person goes on"
    );
    assert_eq!(
        ok(at_provider(&world, query(&answer)).await),
        None,
        "and that was all"
    );
}

#[tokio::test]
async fn a_session_without_parties_just_ends() {
    let world = World::new().await;
    let (_, session) = world.sign_in("my-sso-username", "my-password").await;
    assert_eq!(
        ok(world
            .service
            .sign_out(&world.moment, &world.idp, &session)
            .await),
        None
    );
    assert!(!lives(&world, &session).await);
}

#[tokio::test]
async fn an_unsigned_or_altered_logout_request_ends_nothing() {
    let world = World::new().await;
    let (token, session) = world.token().await;
    let url = ok(world
        .service
        .begin_logout(&world.moment, &world.sp, &token)
        .await);
    let stripped = without(query(&url), &["Signature", "SigAlg"]);
    assert_eq!(code(at_provider(&world, &stripped).await), "bind.signature");
    let altered = format!("{}&RelayState=x", query(&url));
    assert!(at_provider(&world, &altered).await.unwrap().is_err());
    assert!(lives(&world, &session).await && world.is_live(&token).await);
    ok(at_provider(&world, query(&url)).await);
}

#[tokio::test]
async fn an_expired_or_misaddressed_logout_request_ends_nothing() {
    let mut world = World::new().await;
    let (token, session) = world.token().await;
    let url = ok(world
        .service
        .begin_logout(&world.moment, &world.sp, &token)
        .await);
    let address = std::mem::replace(
        &mut world.idp.slo,
        vec!["https://elsewhere.example/".into()],
    );
    assert_eq!(
        code(at_provider(&world, query(&url)).await),
        "logout.destination"
    );
    world.idp.slo = address;
    world.pass(631);
    assert_eq!(code(at_provider(&world, query(&url)).await), "logout.time");
    assert!(lives(&world, &session).await);
}

#[tokio::test]
async fn a_party_ends_only_the_session_that_it_was_told_of() {
    let world = World::new().await;
    let (token, session) = world.token().await;
    let (other_token, other) = world.token().await;
    // The same person in two sessions: the request names one of them.
    let url = ok(world
        .service
        .begin_logout(&world.moment, &world.sp, &token)
        .await);
    ok(at_provider(&world, query(&url)).await);
    assert!(!lives(&world, &session).await && lives(&world, &other).await);
    // Without the guard the SessionIndex would not count.
    let url = ok(world
        .service
        .begin_logout(&world.moment, &world.sp, &token)
        .await);
    {
        let _off = guard::off("logout.session");
        ok(at_provider(&world, query(&url)).await);
    }
    assert!(!lives(&world, &other).await && world.is_live(&other_token).await);
}

#[tokio::test]
async fn a_party_that_did_not_take_part_ends_nothing() {
    let world = World::new().await;
    let (token, session) = world.token().await;
    let url = ok(world
        .service
        .begin_logout(&world.moment, &world.sp, &token)
        .await);
    // The same door of another organization knows neither the party nor the session.
    let mut elsewhere = world.idp.clone();
    elsewhere.organization = "grid".into();
    let refused = world
        .service
        .identity_provider_logout(&world.moment, &elsewhere, query(&url))
        .await;
    assert_eq!(code(refused), "logout.unknown_party");
    // Another door of the same organization has other sessions.
    let mut elsewhere = world.idp.clone();
    elsewhere.door = "pingfederate".into();
    let refused = world
        .service
        .identity_provider_logout(&world.moment, &elsewhere, query(&url))
        .await;
    assert_eq!(code(refused), "logout.session");
    assert!(lives(&world, &session).await);
}

#[tokio::test]
async fn a_logout_response_that_nobody_asked_for_revokes_nothing() {
    let world = World::new().await;
    let (token, _) = world.token().await;
    let (other, _) = world.token().await;
    let url = ok(world
        .service
        .begin_logout(&world.moment, &world.sp, &other)
        .await);
    let back = ok(at_provider(&world, query(&url)).await).unwrap();
    let unsigned = without(query(&back), &["Signature", "SigAlg"]);
    assert_eq!(code(at_us(&world, &unsigned).await), "bind.signature");
    // Our own request, sent back as if it were an answer.
    let turned = query(&url).replace("SAMLRequest=", "SAMLResponse=");
    assert!(at_us(&world, &turned).await.unwrap().is_err());
    assert!(world.is_live(&token).await && world.is_live(&other).await);
    // At another organization's door, the same answer belongs to no request.
    let mut elsewhere = world.sp.clone();
    elsewhere.organization = "my-domain".into();
    let refused = world
        .service
        .service_provider_logout(&world.moment, &elsewhere, query(&back))
        .await;
    assert_eq!(code(refused), "logout.in_response_to");
    ok(at_us(&world, query(&back)).await);
    assert!(world.is_live(&token).await && !world.is_live(&other).await);
}

#[tokio::test]
async fn an_answer_to_a_request_that_is_over_revokes_nothing() {
    let mut world = World::new().await;
    let (token, _) = world.token().await;
    let url = ok(world
        .service
        .begin_logout(&world.moment, &world.sp, &token)
        .await);
    // Within the tolerance of the provider's clock, but our ticket of ten minutes has ended.
    world.pass(615);
    let back = ok(at_provider(&world, query(&url)).await).unwrap();
    assert_eq!(
        code(at_us(&world, query(&back)).await),
        "logout.in_response_to"
    );
    assert!(world.is_live(&token).await);
    let _off = guard::off("logout.in_response_to");
    ok(at_us(&world, query(&back)).await);
    assert!(!world.is_live(&token).await, "without the guard");
}
