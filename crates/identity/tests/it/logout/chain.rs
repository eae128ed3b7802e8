//! A logout with several parties: the browser goes from one to the next, and may get lost on the way.

use super::{at_provider, at_us, lives, without};
use crate::support::{World, code, ok, query};
use identity::declare::Application;
use identity::entities::ServiceProvider;
use identity::guard;
use identity::login::Session;
use identity::logout::LogoutOutcome;
use identity::logout::parting::Outcome;
use identity::sso::Came;
use saml::bindings::redirect::Redirected;

#[tokio::test]
async fn an_answer_says_partial_when_a_party_could_not_be_told() {
    let world = World::new().await;
    let (token, session) = world.token().await;
    // A second party, which has no address for a logout.
    let metadata = world
        .service
        .service_provider_metadata(&world.moment, &world.sp)
        .await
        .unwrap();
    let at = metadata
        .find("<md:SingleLogoutService")
        .expect("an address");
    let end = at
        + metadata[at..]
            .find("<md:AssertionConsumerService")
            .expect("it follows");
    let silent = format!("{}{}", &metadata[..at], &metadata[end..])
        .replace(&world.sp.entity_id, "https://silent.example/");
    world
        .declare(|declared| {
            declared.organization[0]
                .application
                .push(identity::declare::Application {
                    id: "silent".into(),
                    metadata: Some(silent),
                    ..Default::default()
                });
        })
        .await;
    let came = identity::sso::Came::Unsolicited {
        relying_party: "silent",
        acs: None,
        relay_state: None,
    };
    let asked = ok(world
        .service
        .judge_request(&world.moment, &world.idp, came)
        .await);
    ok(world
        .service
        .vouch(&world.moment, &world.idp, &session, &asked)
        .await);

    let url = ok(world
        .service
        .begin_logout(&world.moment, &world.sp, &token)
        .await);
    let back = ok(at_provider(&world, query(&url)).await).unwrap();
    let xml = Redirected::decode(query(&back)).unwrap().xml;
    assert!(
        String::from_utf8(xml)
            .unwrap()
            .contains(saml::names::PARTIAL_LOGOUT)
    );
    assert!(!lives(&world, &session).await, "it ended all the same");
    ok(at_us(&world, query(&back)).await);
    assert!(
        !world.is_live(&token).await,
        "partial or not, the session is over"
    );
    let partings = world.service.partings(&world.idp, &session.id).await;
    let outcomes: Vec<_> = partings.unwrap().into_iter().map(|p| p.outcome).collect();
    assert_eq!(outcomes, [Outcome::Unreachable, Outcome::Told]);
}

/// A second party of the same session, and a token there.
async fn second_party(world: &World, session: &Session) -> (ServiceProvider, String) {
    let second = ServiceProvider {
        door: "second".into(),
        entity_id: "https://second.example/".into(),
        acs: vec!["https://second.example/acs".into()],
        slo: vec!["https://second.example/slo".into()],
        takes_encrypted: false,
        ..world.sp.clone()
    };
    world
        .service
        .ensure_service_provider(&world.moment, &second)
        .await
        .unwrap();
    let metadata = world
        .service
        .service_provider_metadata(&world.moment, &second)
        .await
        .unwrap();
    world
        .declare(|declared| {
            let application = Application {
                id: "second".into(),
                metadata: Some(metadata),
                ..Application::default()
            };
            declared.organization[0].application.push(application);
        })
        .await;
    let url = ok(world
        .service
        .begin_sign_on(&world.moment, &second, "12345")
        .await);
    let post = world.answer(&url, session).await;
    let issued = world
        .service
        .finish_sign_on(&world.moment, &second, &post.saml_response, None)
        .await;
    (second, ok(issued).plain)
}

#[tokio::test]
async fn every_party_is_told_before_the_one_that_asked_is_answered() {
    let world = World::new().await;
    let (token, session) = world.token().await;
    let (second, second_token) = second_party(&world, &session).await;
    let url = ok(world
        .service
        .begin_logout(&world.moment, &world.sp, &token)
        .await);

    let ask = ok(at_provider(&world, query(&url)).await).unwrap();
    assert!(
        ask.starts_with("https://second.example/slo?SAMLRequest="),
        "{ask}"
    );
    assert!(
        !lives(&world, &session).await,
        "dead before anybody is told"
    );
    let told = world
        .service
        .service_provider_logout(&world.moment, &second, query(&ask))
        .await;
    let LogoutOutcome::Redirect(answer) = ok(told) else {
        panic!("an answer")
    };
    assert!(!world.is_live(&second_token).await);

    let unsigned = without(query(&answer), &["Signature", "SigAlg"]);
    assert_eq!(code(at_provider(&world, &unsigned).await), "bind.signature");
    let back = ok(at_provider(&world, query(&answer)).await).unwrap();
    assert!(
        back.starts_with("https://storagegrid.example.com:443/api/saml-logout?SAMLResponse="),
        "{back}"
    );
    let xml = String::from_utf8(Redirected::decode(query(&back)).unwrap().xml).unwrap();
    assert!(
        !xml.contains(saml::names::PARTIAL_LOGOUT),
        "all were reached"
    );
    assert_eq!(ok(at_us(&world, query(&back)).await), LogoutOutcome::Done);
    assert!(!world.is_live(&token).await);
}

#[tokio::test]
async fn a_party_cannot_end_the_session_as_another_party_was_told_of_it() {
    let world = World::new().await;
    let (token, session) = world.token().await;
    let (second, second_token) = second_party(&world, &session).await;
    // Signed by the second party, with the NameID and SessionIndex of the first.
    let url = ok(world
        .service
        .begin_logout(&world.moment, &second, &token)
        .await);
    assert_eq!(
        code(at_provider(&world, query(&url)).await),
        "logout.session"
    );
    assert!(lives(&world, &session).await && world.is_live(&token).await);
    let _off = guard::off("logout.session");
    ok(at_provider(&world, query(&url)).await);
    assert!(!lives(&world, &session).await && world.is_live(&second_token).await);
}

/// Parties of `session` by the names `party-00` and on: as many as that, with the keys of the first one.
async fn many_parties(world: &World, session: &Session, count: usize) -> Vec<ServiceProvider> {
    let party = |number: usize| ServiceProvider {
        entity_id: format!("https://party-{number:02}.example/"),
        slo: vec![format!("https://party-{number:02}.example/slo")],
        takes_encrypted: false,
        ..world.sp.clone()
    };
    let parties: Vec<_> = (0..count).map(party).collect();
    let mut applications = Vec::new();
    for party in &parties {
        let metadata = world
            .service
            .service_provider_metadata(&world.moment, party)
            .await
            .unwrap();
        applications.push(Application {
            id: party.entity_id[8..16].to_owned(),
            metadata: Some(metadata),
            ..Application::default()
        });
    }
    let ids: Vec<_> = applications.iter().map(|a| a.id.clone()).collect();
    world
        .declare(|declared| declared.organization[0].application.extend(applications))
        .await;
    for id in ids {
        let came = Came::Unsolicited {
            relying_party: &id,
            acs: None,
            relay_state: None,
        };
        let asked = ok(world
            .service
            .judge_request(&world.moment, &world.idp, came)
            .await);
        ok(world
            .service
            .vouch(&world.moment, &world.idp, session, &asked)
            .await);
    }
    parties
}

/// What `party` answers when the browser brings it `ask`.
async fn told(world: &World, party: &ServiceProvider, ask: &str) -> String {
    let at = &party.slo[0];
    assert!(ask.starts_with(&format!("{at}?SAMLRequest=")), "{ask}");
    let outcome = world
        .service
        .service_provider_logout(&world.moment, party, query(ask))
        .await;
    let LogoutOutcome::Redirect(answer) = ok(outcome) else {
        panic!("an answer")
    };
    answer
}

#[tokio::test]
async fn a_party_that_never_comes_back_keeps_nothing_alive_and_is_not_waited_for() {
    let world = World::new().await;
    let (token, session) = world.token().await;
    let parties = many_parties(&world, &session, 20).await;
    let url = ok(world
        .service
        .begin_logout(&world.moment, &world.sp, &token)
        .await);
    assert!(lives(&world, &session).await, "the control");

    let first = ok(at_provider(&world, query(&url)).await).unwrap();
    assert!(!lives(&world, &session).await, "before anybody was told");
    assert!(!lives(&world.another_node().await, &session).await);
    let answer = told(&world, &parties[0], &first).await;
    let lost = ok(at_provider(&world, query(&answer)).await).unwrap();
    assert!(lost.starts_with(&parties[1].slo[0]), "{lost}");

    // The second party swallows the browser. Whoever asks again is led to the others, past the one that hangs.
    let mut next = ok(at_provider(&world, query(&url)).await).unwrap();
    for party in &parties[2..] {
        let answer = told(&world, party, &next).await;
        next = ok(at_provider(&world, query(&answer)).await).unwrap();
    }
    let xml = Redirected::decode(query(&next)).unwrap().xml;
    let xml = String::from_utf8(xml).unwrap();
    assert!(xml.contains(saml::names::PARTIAL_LOGOUT), "{xml}");
    assert_eq!(ok(at_us(&world, query(&next)).await), LogoutOutcome::Done);
    assert!(!world.is_live(&token).await);
    assert!(!world.another_node().await.is_live(&token).await);
}

#[tokio::test]
async fn an_answer_of_a_party_that_comes_too_late_moves_nothing() {
    let mut world = World::new().await;
    let (_, session) = world.token().await;
    let (second, _) = second_party(&world, &session).await;
    let sign_out = world
        .service
        .sign_out(&world.moment, &world.idp, &session)
        .await;
    let ask = ok(sign_out).unwrap();
    assert!(ask.starts_with(&second.slo[0]), "{ask}");
    // Within the tolerance of the party's clock, but our ticket of ten minutes has ended.
    world.pass(615);
    let answer = told(&world, &second, &ask).await;
    assert_eq!(
        code(at_provider(&world, query(&answer)).await),
        "logout.in_response_to"
    );
    let _off = guard::off("logout.in_response_to");
    ok(at_provider(&world, query(&answer)).await);
}

#[tokio::test]
async fn whoever_left_a_sign_out_midway_goes_on_past_the_party_that_kept_them() {
    let world = World::new().await;
    let (_, session) = world.token().await;
    let parties = many_parties(&world, &session, 2).await;
    let sign_out = world
        .service
        .sign_out(&world.moment, &world.idp, &session)
        .await;
    let first = ok(sign_out).unwrap();
    let answer = told(&world, &parties[0], &first).await;
    let lost = ok(at_provider(&world, query(&answer)).await).unwrap();
    assert!(lost.starts_with(&parties[1].slo[0]), "{lost}");

    let resume = async |world: &World, session: &str| {
        let (moment, idp) = (&world.moment, &world.idp);
        ok(world.service.resume_sign_out(moment, idp, session).await)
    };
    let last = resume(&world, &session.id).await.unwrap();
    assert!(last.starts_with(&world.sp.slo[0]), "{last}");
    let answer = told(&world, &world.sp, &last).await;
    assert_eq!(ok(at_provider(&world, query(&answer)).await), None);
    assert_eq!(resume(&world, &session.id).await, None);
    let partings = world.service.partings(&world.idp, &session.id).await;
    let outcomes: Vec<_> = partings.unwrap().into_iter().map(|p| p.outcome).collect();
    assert_eq!(
        outcomes,
        [Outcome::Told, Outcome::Unanswered, Outcome::Told]
    );

    // Of a session that is alive, or of another organization, there is nothing to go on with.
    let (_, alive) = world.token().await;
    assert_eq!(resume(&world, &alive.id).await, None);
    let mut elsewhere = world.another_node().await;
    elsewhere.idp.organization = "grid".into();
    assert_eq!(resume(&elsewhere, &session.id).await, None);
    let partings = world.service.partings(&elsewhere.idp, &session.id).await;
    assert_eq!(partings.unwrap(), []);
}
