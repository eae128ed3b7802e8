//! Sign-on that begins at a cloud: in a browser, and by an enhanced client.

use crate::federation::federation;
use crate::support::{World, code, ok};
use identity::declare::settings::Mapping;
use identity::error::Answer;
use identity::federation::{Finished, IssuedFederationToken};
use identity::guard;
use identity::login::Session;
use identity::sso::{Came, PostBack};
use saml::bindings::post;
use saml::ecp;

const RULES: &str = r#"[{"local": [{"user": {"name": "{0}"}}], "remote": [{"type": "_NAMEID_"}]}]"#;
const BY_SAML: (&str, &str) = ("adfs", "saml");

async fn cloud() -> World {
    let world = World::new().await;
    world
        .declare(|declared| {
            declared.organization[1].identity_provider[0].mapping = Some(Mapping {
                rules: RULES.to_owned(),
                ..Mapping::default()
            });
        })
        .await;
    world
}

async fn session(world: &World) -> Session {
    let (_, session) = world
        .sign_in("my-sso-username@my-domain", "my-password")
        .await;
    session
}

/// A request in a browser and its answer: what the browser shows, and what it posts.
async fn in_browser(world: &World) -> (String, PostBack) {
    let begun = ok(world
        .service
        .begin_federation_in_browser(&world.moment, &world.sp, BY_SAML, Some("https://board/"))
        .await);
    let post = world.answer(&begun.url, &session(world).await).await;
    (begun.binding, post)
}

async fn post(world: &World, post: &PostBack, binding: &str) -> Answer<Finished> {
    world
        .service
        .finish_federation_in_browser(
            &world.moment,
            &federation(world),
            &post.saml_response,
            &[binding],
        )
        .await
}

/// What an enhanced client is asked to carry.
async fn asked(world: &World) -> String {
    ok(world
        .service
        .begin_federation_by_client(&world.moment, &world.sp, BY_SAML)
        .await)
}

/// The answer that an enhanced client brings back to what it was asked.
async fn by_client(world: &World) -> String {
    let envelope = asked(world).await;
    let service = &world.service;
    let came = Came::Soap(envelope.as_bytes());
    let judged = ok(service.judge_request(&world.moment, &world.idp, came).await);
    let session = session(world).await;
    let vouched = service.vouch(&world.moment, &world.idp, &session, &judged);
    let response = post::decode(&ok(vouched.await).saml_response).unwrap();
    let answer = ecp::response(&judged.acs, &response).unwrap();
    brought(&answer, &relay_state(&envelope))
}

fn relay_state(envelope: &str) -> String {
    ecp::carried(envelope.as_bytes())
        .unwrap()
        .relay_state
        .expect("it was sent")
}

/// As a client writes it: the identity provider's block goes, the service provider's RelayState comes.
fn brought(answer: &str, relay_state: &str) -> String {
    let (before, rest) = answer.split_once("<S:Header>").unwrap();
    let (_, after) = rest.split_once("</S:Header>").unwrap();
    let block = format!(
        "<ecp:RelayState xmlns:ecp=\"{}\">{relay_state}</ecp:RelayState>",
        ecp::PROFILE
    );
    format!("{before}<S:Header>{block}</S:Header>{after}")
}

async fn bring(world: &World, envelope: &str) -> Answer<IssuedFederationToken> {
    world
        .service
        .finish_federation_by_client(&world.moment, &federation(world), envelope.as_bytes())
        .await
}

/// Every query of this file, on any store.
pub(crate) async fn everything(world: &World) {
    let (binding, response) = in_browser(world).await;
    ok(post(world, &response, &binding).await);
    let envelope = by_client(world).await;
    ok(bring(world, &envelope).await);
    assert_eq!(code(bring(world, &envelope).await), "assertion.replayed");
}

#[tokio::test]
async fn browser_that_asked_gets_one_token_for_where_it_wanted_it() {
    let world = cloud().await;
    let (binding, response) = in_browser(&world).await;
    let finished = ok(post(&world, &response, &binding).await);
    assert_eq!(finished.dashboard.as_deref(), Some("https://board/"));
    let token = finished.issued.token;
    assert_eq!(token.provider.as_deref(), Some("adfs"));
    assert_eq!(token.protocol.as_deref(), Some("saml"));
    assert_eq!(
        code(post(&world, &response, &binding).await),
        "assertion.replayed"
    );
    assert_eq!(world.events("grid", "token.issued").await.len(), 1);
}

#[tokio::test]
async fn another_browser_cannot_finish_what_this_one_began() {
    let world = cloud().await;
    let (binding, response) = in_browser(&world).await;
    let (other, _) = in_browser(&world).await;
    for shown in ["", &other] {
        assert_eq!(
            code(post(&world, &response, shown).await),
            "sign_on.browser"
        );
    }
    ok(post(&world, &response, &binding).await);

    let (_, response) = in_browser(&world).await;
    let _off = guard::off("sign_on.browser");
    ok(post(&world, &response, "").await);
}

#[tokio::test]
async fn client_that_asked_gets_one_token() {
    let world = cloud().await;
    let envelope = by_client(&world).await;
    let issued = ok(bring(&world, &envelope).await);
    assert_eq!(issued.token.protocol.as_deref(), Some("saml"));
    assert_eq!(code(bring(&world, &envelope).await), "assertion.replayed");
}

#[tokio::test]
async fn client_brings_back_the_relay_state_of_its_request() {
    let world = cloud().await;
    let envelope = by_client(&world).await;
    let own = relay_state(&envelope);
    let foreign = relay_state(&asked(&world).await);
    let changed = envelope.replace(&own, &foreign);
    assert_eq!(code(bring(&world, &changed).await), "ecp.relay_state");
    let without = envelope.replace("RelayState", "Request");
    assert_eq!(code(bring(&world, &without).await), "ecp.relay_state");
    ok(bring(&world, &envelope).await);
}

#[tokio::test]
async fn answer_for_a_client_is_none_for_a_browser_and_the_other_way_round() {
    let world = cloud().await;
    let envelope = by_client(&world).await;
    let message = ecp::carried(envelope.as_bytes()).unwrap().message;
    let as_posted = PostBack {
        saml_response: post::encode(std::str::from_utf8(&message).unwrap()),
        ..in_browser(&world).await.1
    };
    {
        let _browser = guard::off("sign_on.browser");
        assert_eq!(code(post(&world, &as_posted, "").await), "sign_on.way");
        // Without this guard the consumer URL is the next that tells: it is another one for each way.
        let _way = guard::off("sign_on.way");
        let refused = code(post(&world, &as_posted, "").await);
        assert_eq!(refused, "response.destination");
    }
    ok(bring(&world, &envelope).await);
}

#[tokio::test]
async fn provider_that_was_disabled_on_the_way_is_refused() {
    let world = cloud().await;
    let envelope = by_client(&world).await;
    let enable = |enabled| {
        world.declare(move |declared| {
            declared.organization[1].identity_provider[0].enabled = Some(enabled);
        })
    };
    enable(false).await;
    assert_eq!(code(bring(&world, &envelope).await), "idp.disabled");
    let begun = world
        .service
        .begin_federation_by_client(&world.moment, &world.sp, BY_SAML)
        .await;
    assert_eq!(code(begun), "idp.disabled");
    {
        let _off = guard::off("idp.disabled");
        ok(bring(&world, &envelope).await);
    }
    enable(true).await;
    ok(bring(&world, &by_client(&world).await).await);
}

#[tokio::test]
async fn request_of_one_organization_is_answered_at_no_other_and_not_for_ever() {
    let mut world = cloud().await;
    let envelope = by_client(&world).await;
    let mut elsewhere = federation(&world);
    elsewhere.provider.organization = "my-domain".to_owned();
    let there = world
        .service
        .finish_federation_by_client(&world.moment, &elsewhere, envelope.as_bytes())
        .await;
    assert_eq!(code(there), "assertion.in_response_to");
    world.pass(11 * 60);
    assert_eq!(
        code(bring(&world, &envelope).await),
        "assertion.in_response_to"
    );
}

#[tokio::test]
async fn answer_without_a_request_is_refused_even_where_the_provider_may_speak_first() {
    let world = cloud().await;
    world
        .declare(|declared| {
            let provider = &mut declared.organization[1].identity_provider[0];
            provider.allow_unsolicited = true;
        })
        .await;
    let came = Came::Unsolicited {
        relying_party: &world.sp.entity_id,
        acs: None,
        relay_state: None,
    };
    let asked = ok(world
        .service
        .judge_request(&world.moment, &world.idp, came)
        .await);
    let session = session(&world).await;
    let vouched = world
        .service
        .vouch(&world.moment, &world.idp, &session, &asked)
        .await;
    let unsolicited = ok(vouched);
    assert_eq!(
        code(post(&world, &unsolicited, "").await),
        "sign_on.browser"
    );
    let response = post::decode(&unsolicited.saml_response).unwrap();
    let envelope = ecp::response(&asked.acs, &response).unwrap();
    assert_eq!(code(bring(&world, &envelope).await), "unsolicited");
}

#[tokio::test]
async fn unknown_protocol_begins_nothing() {
    let world = cloud().await;
    let begun = world
        .service
        .begin_federation_in_browser(&world.moment, &world.sp, ("adfs", "kerberos"), None)
        .await;
    assert_eq!(code(begun), "protocol.unknown");
}

#[tokio::test]
async fn request_of_a_client_is_for_paos_and_signed() {
    let world = cloud().await;
    world
        .declare(|declared| declared.organization[0].application[0].sign_requests = true)
        .await;
    let envelope = asked(&world).await;
    let judge = |envelope: String| {
        let world = &world;
        async move {
            let came = Came::Soap(envelope.as_bytes());
            let service = &world.service;
            service.judge_request(&world.moment, &world.idp, came).await
        }
    };
    let judged = ok(judge(envelope.clone()).await);
    assert_eq!(judged.acs, world.sp.paos[0]);
    for (from, to, refused) in [
        // A changed consumer is refused before anybody asks whether it is registered.
        ("/ecp\" Destination", "/evil\" Destination", "sig.digest"),
        ("IssueInstant=\"2018", "IssueInstant=\"2017", "sig.digest"),
    ] {
        let changed = envelope.replacen(from, to, 1);
        assert_ne!(changed, envelope, "{from}");
        assert_eq!(code(judge(changed).await), refused, "{from}");
    }
    // By redirect the same party answers by POST, and a request for PAOS is not honoured there.
    let message = ecp::carried(envelope.as_bytes()).unwrap().message;
    let encoded = post::encode(std::str::from_utf8(&message).unwrap());
    let came = Came::Post {
        saml_request: &encoded,
        relay_state: None,
    };
    let posted = world
        .service
        .judge_request(&world.moment, &world.idp, came)
        .await;
    assert_eq!(code(posted), "request.destination");
}
