//! A whole sign-on, and every way in which it must not end with a token.

use crate::support::{World, code, ok, query};
use identity::entities::IdentityProvider;
use identity::guard;
use identity::login::{Credentials, NextStep, Secret};
use identity::sso::{Came, PostBack};
use std::collections::HashSet;

#[tokio::test]
async fn a_sign_on_ends_with_a_token_of_the_person_in_that_account() {
    let world = World::new().await;
    let url = world.begin().await;
    assert!(
        url.starts_with("https://adfs.example.com/adfs/ls/?SAMLRequest="),
        "{url}"
    );
    assert!(url.ends_with("&RelayState=12345"), "{url}");

    let (post, _) = world.response().await;
    assert_eq!(
        post.acs,
        "https://storagegrid.example.com:443/api/saml-response"
    );
    assert_eq!(post.relay_state.as_deref(), Some("12345"));
    let issued = ok(world.finish(&post).await);
    assert_eq!(issued.account, "12345");

    let token = ok(world
        .service
        .check_token(&world.moment, "grid", &issued.plain)
        .await);
    assert_eq!((token.account.as_str(), token.federated), ("12345", true));
    assert_eq!(token.groups, ["admins"]);
    assert_eq!(token.user_name, post.name_id);
    assert_eq!(world.events("grid", "token.issued").await.len(), 1);
}

#[tokio::test]
async fn an_issued_assertion_can_be_found_in_the_audit() {
    let world = World::new().await;
    world.response().await;
    let events = world.events("my-domain", "assertion.issued").await;
    let id = events[0].object.as_deref().unwrap();
    assert_eq!(
        world
            .service
            .store()
            .events_about("my-domain", id)
            .await
            .unwrap(),
        events
    );
    assert!(
        world
            .service
            .store()
            .events_about("grid", id)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_response_buys_one_token_however_often_it_is_posted() {
    let world = World::new().await;
    let (post, _) = world.response().await;
    ok(world.finish(&post).await);
    assert_eq!(code(world.finish(&post).await), "assertion.replayed");
    let other = world.another_node().await;
    assert_eq!(
        code(other.finish(&post).await),
        "assertion.replayed",
        "on another node"
    );
    world.service.store().close().await;
    assert_eq!(
        code(world.another_node().await.finish(&post).await),
        "assertion.replayed",
        "after a restart"
    );

    let world = other;
    {
        let _off = guard::off("assertion.replayed");
        assert_eq!(
            code(world.finish(&post).await),
            "assertion.in_response_to",
            "the request was answered, too"
        );
        let _off = guard::off("assertion.in_response_to");
        ok(world.finish(&post).await);
    }
    assert_eq!(code(world.finish(&post).await), "assertion.replayed");
}

#[tokio::test]
async fn fifty_concurrent_posts_of_one_response_buy_one_token() {
    let world = World::new().await;
    let other = world.another_node().await;
    let (post, _) = world.response().await;
    let posts = (0..50).map(|n| {
        if n % 2 == 0 {
            world.finish(&post)
        } else {
            other.finish(&post)
        }
    });
    let answers = futures_util::future::join_all(posts).await;
    let (issued, refused): (Vec<_>, Vec<_>) = answers
        .into_iter()
        .map(|answer| answer.unwrap())
        .partition(Result::is_ok);
    assert_eq!(issued.len(), 1);
    assert!(
        refused
            .into_iter()
            .all(|answer| answer.unwrap_err().code == "assertion.replayed")
    );
    assert_eq!(world.events("grid", "token.issued").await.len(), 1);
}

#[tokio::test]
async fn a_request_is_answered_once_even_by_another_assertion() {
    let world = World::new().await;
    let url = world.begin().await;
    let (_, session) = world.sign_in("my-sso-username", "my-password").await;
    let (first, second) = (
        world.answer(&url, &session).await,
        world.answer(&url, &session).await,
    );
    ok(world.finish(&first).await);
    assert_eq!(
        code(world.finish(&second).await),
        "assertion.in_response_to"
    );
    let _off = guard::off("assertion.in_response_to");
    ok(world.finish(&second).await);
}

#[tokio::test]
async fn a_response_is_refused_when_its_time_is_over_and_says_the_documented_sentence() {
    let mut world = World::new().await;
    let (post, _) = world.response().await;
    let early = world.response().await.0;
    world.pass(299);
    ok(world.finish(&early).await);
    world.pass(32);
    let refused = world.finish(&post).await.unwrap().unwrap_err();
    assert_eq!(refused.code, "assertion.confirmation_expired");
    assert_eq!(
        refused.documented_text,
        Some("A valid SubjectConfirmation was not found on this Response")
    );
}

#[tokio::test]
async fn a_badly_encoded_response_says_the_documented_sentence() {
    let world = World::new().await;
    let (post, _) = world.response().await;
    let spoiled = PostBack {
        saml_response: post.saml_response.replace('+', " "),
        ..post.clone()
    };
    assert!(spoiled.saml_response.contains(' '));
    let refused = world.finish(&spoiled).await.unwrap().unwrap_err();
    assert_eq!(refused.documented_text, Some("Unsupported SAML version"));
    ok(world.finish(&post).await);
}

#[tokio::test]
async fn a_response_to_no_request_of_ours_is_refused() {
    let world = World::new().await;
    let (_, session) = world.sign_in("my-sso-username", "my-password").await;
    let asked = ok(world
        .service
        .judge_request(
            &world.moment,
            &world.idp,
            Came::Redirect(query(&world.begin().await)),
        )
        .await);
    let foreign = identity::sso::Asked {
        in_response_to: Some("_anything".into()),
        ..asked.clone()
    };
    let post = ok(world
        .service
        .vouch(&world.moment, &world.idp, &session, &foreign)
        .await);
    assert_eq!(code(world.finish(&post).await), "assertion.in_response_to");
    let control = ok(world
        .service
        .vouch(&world.moment, &world.idp, &session, &asked)
        .await);
    ok(world.finish(&control).await);
}

#[tokio::test]
async fn an_unsolicited_response_is_refused_unless_the_provider_may_speak_first() {
    let world = World::new().await;
    let (_, session) = world.sign_in("my-sso-username", "my-password").await;
    let came = Came::Unsolicited {
        relying_party: "https://storagegrid.example.com/saml",
        acs: None,
        relay_state: Some("12345"),
    };
    let asked = ok(world
        .service
        .judge_request(&world.moment, &world.idp, came)
        .await);
    let post = ok(world
        .service
        .vouch(&world.moment, &world.idp, &session, &asked)
        .await);
    assert_eq!(code(world.finish(&post).await), "unsolicited");
    {
        let _off = guard::off("unsolicited");
        ok(world.finish(&post).await);
    }
    world
        .declare(|declared| declared.organization[1].identity_provider[0].allow_unsolicited = true)
        .await;
    let post = ok(world
        .service
        .vouch(&world.moment, &world.idp, &session, &asked)
        .await);
    ok(world.finish(&post).await);
    assert_eq!(
        code(world.finish(&post).await),
        "assertion.replayed",
        "once only, here too"
    );
}

#[tokio::test]
async fn a_provider_disabled_between_request_and_response_is_refused() {
    let world = World::new().await;
    let (post, _) = world.response().await;
    let enable = async |enabled| {
        world
            .declare(|declared| {
                declared.organization[1].identity_provider[0].enabled = Some(enabled);
            })
            .await;
    };
    enable(false).await;
    assert_eq!(code(world.finish(&post).await), "idp.disabled");
    assert_eq!(
        code(
            world
                .service
                .begin_sign_on(&world.moment, &world.sp, "12345")
                .await
        ),
        "idp.disabled"
    );
    {
        let _off = guard::off("idp.disabled");
        ok(world.finish(&post).await);
    }
    enable(true).await;
    ok(world.finish(&world.response().await.0).await);
}

#[tokio::test]
async fn an_account_that_left_its_provider_takes_no_response_from_it() {
    let world = World::new().await;
    let (post, _) = world.response().await;
    world
        .declare(|declared| declared.organization[1].account[1].identity_provider = None)
        .await;
    assert_eq!(code(world.finish(&post).await), "idp.disabled");
    world.declare(|_| ()).await;
    ok(world.finish(&post).await);
}

#[tokio::test]
async fn a_relay_state_that_names_another_account_is_refused_and_never_followed() {
    let world = World::new().await;
    let (post, _) = world.response().await;
    let long = "1".repeat(10_000);
    for state in [
        "0",
        "",
        "https://evil.example",
        "//evil",
        "/\\evil",
        "javascript:alert(1)",
        "12345\r\nx: y",
        "12345 ",
        long.as_str(),
    ] {
        let forged = PostBack {
            relay_state: Some(state.to_owned()),
            ..post.clone()
        };
        assert_eq!(
            code(world.finish(&forged).await),
            "relay_state.account",
            "{state:?}"
        );
    }
    let forged = PostBack {
        relay_state: Some("0".into()),
        ..post.clone()
    };
    {
        let _off = guard::off("relay_state.account");
        assert_eq!(
            ok(world.finish(&forged).await).account,
            "12345",
            "the sealed account decides"
        );
    }
    let fresh = world.response().await.0;
    ok(world
        .finish(&PostBack {
            relay_state: None,
            ..fresh
        })
        .await);
}

#[tokio::test]
async fn a_person_in_no_admitted_group_gets_no_token_and_no_second_try() {
    let world = World::new().await;
    let (_, session) = world.sign_in("outsider", "my-password").await;
    let post = world.answer(&world.begin().await, &session).await;
    assert_eq!(code(world.finish(&post).await), "account.not_admitted");
    let refused = world.events("grid", "sign_on.refused").await;
    assert_eq!(
        refused
            .iter()
            .map(|event| event.code.as_deref().unwrap())
            .collect::<Vec<_>>(),
        ["account.not_admitted"]
    );
    assert_eq!(code(world.finish(&post).await), "assertion.replayed");

    let _off = guard::off("account.not_admitted");
    let post = world.answer(&world.begin().await, &session).await;
    ok(world.finish(&post).await);
}

#[tokio::test]
async fn a_forgery_writes_no_row_and_leaves_the_genuine_response_usable() {
    let world = World::new().await;
    let (post, _) = world.response().await;
    let before = world
        .service
        .store()
        .events("grid", jiff::Timestamp::UNIX_EPOCH, 1000)
        .await
        .unwrap();
    let genuine =
        String::from_utf8(saml::bindings::post::decode(&post.saml_response).unwrap()).unwrap();
    let forgeries = [
        genuine.replace("admins", "root"),
        genuine.replace(&post.name_id, "AAAAAAAAAAAAAAAAAAAAAA=="),
        genuine.replace(
            "http://adfs.example.com/adfs/services/trust",
            "http://evil.example/trust",
        ),
    ];
    for xml in forgeries {
        assert_ne!(xml, genuine);
        let forged = PostBack {
            saml_response: saml::bindings::post::encode(&xml),
            ..post.clone()
        };
        let refused = world.finish(&forged).await.unwrap().unwrap_err();
        assert!(
            refused.code.starts_with("sig.") || refused.code == "assertion.issuer",
            "{refused}"
        );
    }
    let after = world
        .service
        .store()
        .events("grid", jiff::Timestamp::UNIX_EPOCH, 1000)
        .await
        .unwrap();
    assert_eq!(before, after);
    ok(world.finish(&post).await);
}

#[tokio::test]
async fn one_person_is_one_user_id_and_two_are_two() {
    let world = World::new().await;
    let mut ids = HashSet::new();
    for _ in 0..2 {
        let (token, _) = world.token().await;
        ids.insert(
            ok(world
                .service
                .check_token(&world.moment, "grid", &token)
                .await)
            .user_id
            .clone(),
        );
    }
    assert_eq!(ids.len(), 1);
}

#[tokio::test]
async fn a_relying_party_that_must_sign_is_refused_without_a_signature() {
    let world = World::new().await;
    let url = world.begin().await;
    let unsigned = |url: &str| {
        let kept: Vec<_> = query(url)
            .split('&')
            .filter(|p| !p.starts_with("SigAlg=") && !p.starts_with("Signature="))
            .collect();
        kept.join("&")
    };
    ok(world
        .service
        .judge_request(&world.moment, &world.idp, Came::Redirect(&unsigned(&url)))
        .await);
    world
        .declare(|declared| declared.organization[0].application[0].sign_requests = true)
        .await;
    assert_eq!(
        code(
            world
                .service
                .judge_request(&world.moment, &world.idp, Came::Redirect(&unsigned(&url)))
                .await
        ),
        "bind.signature"
    );
    ok(world
        .service
        .judge_request(&world.moment, &world.idp, Came::Redirect(query(&url)))
        .await);
}

#[tokio::test]
async fn an_old_or_repeated_request_is_only_a_new_sign_in() {
    let mut world = World::new().await;
    let url = world.begin().await;
    ok(world
        .service
        .judge_request(&world.moment, &world.idp, Came::Redirect(query(&url)))
        .await);
    world.pass(365 * 24 * 3600);
    ok(world
        .service
        .judge_request(&world.moment, &world.idp, Came::Redirect(query(&url)))
        .await);
}

#[tokio::test]
async fn nobody_is_answered_at_an_address_that_is_not_registered() {
    let world = World::new().await;
    let registered = "https://storagegrid.example.com:443/api/saml-response";
    let ask = async |party: &str, acs: Option<&str>| {
        let came = Came::Unsolicited {
            relying_party: party,
            acs,
            relay_state: None,
        };
        world
            .service
            .judge_request(&world.moment, &world.idp, came)
            .await
    };
    ok(ask("storagegrid", Some(registered)).await);
    for acs in [
        "https://storagegrid.example.com/api/saml-response",
        "https://storagegrid.example.com:443/api/saml-response/",
        "https://STORAGEGRID.example.com:443/api/saml-response",
        "https://evil.example/",
        "",
    ] {
        assert_eq!(
            code(ask("storagegrid", Some(acs)).await),
            "request.acs",
            "{acs}"
        );
        let _off = guard::off("request.acs");
        assert_eq!(ok(ask("storagegrid", Some(acs)).await).acs, acs);
    }
    for party in ["nobody", "", "storage\0grid"] {
        assert_eq!(
            code(ask(party, None).await),
            "request.unknown_party",
            "{party:?}"
        );
    }
}

#[tokio::test]
async fn what_a_request_asks_of_name_and_sign_in_is_honoured_or_refused() {
    let mut world = World::new().await;
    let (_, session) = world.sign_in("my-sso-username", "my-password").await;
    let asked = ok(world
        .service
        .judge_request(
            &world.moment,
            &world.idp,
            Came::Redirect(query(&world.begin().await)),
        )
        .await);
    let vouch = async |world: &World, change: &dyn Fn(&mut identity::sso::Asked)| {
        let mut asked = asked.clone();
        change(&mut asked);
        world
            .service
            .vouch(&world.moment, &world.idp, &session, &asked)
            .await
    };
    ok(vouch(&world, &|_| ()).await);
    ok(vouch(&world, &|asked| {
        asked.requested_classes = vec![saml::names::PASSWORD_PROTECTED_TRANSPORT.into()];
    })
    .await);
    let factor = "urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken";
    assert_eq!(
        code(
            vouch(&world, &|asked| asked.requested_classes =
                vec![factor.into()])
            .await
        ),
        "request.authn_context"
    );
    ok(vouch(&world, &|asked| asked.force_authn = true).await);
    world.pass(301);
    assert_eq!(
        code(vouch(&world, &|asked| asked.force_authn = true).await),
        "request.force_authn"
    );
    ok(vouch(&world, &|_| ()).await);
}

#[tokio::test]
async fn a_refusal_to_the_relying_party_carries_no_signature() {
    let world = World::new().await;
    let asked = ok(world
        .service
        .judge_request(
            &world.moment,
            &world.idp,
            Came::Redirect(query(&world.begin().await)),
        )
        .await);
    let post = ok(world
        .service
        .decline(&world.moment, &world.idp, &asked, saml::names::NO_PASSIVE)
        .await);
    let xml =
        String::from_utf8(saml::bindings::post::decode(&post.saml_response).unwrap()).unwrap();
    assert!(
        xml.contains(saml::names::NO_PASSIVE) && !xml.contains("Signature"),
        "{xml}"
    );
    assert_eq!(code(world.finish(&post).await), "response.status");
}

#[tokio::test]
async fn another_trusted_provider_cannot_answer_what_the_first_was_asked() {
    let world = World::new().await;
    let other = IdentityProvider {
        door: "other".into(),
        entity_id: "https://other.example/".into(),
        ..world.idp.clone()
    };
    world
        .service
        .ensure_identity_provider(&world.moment, &other)
        .await
        .unwrap();
    let metadata = world
        .service
        .identity_provider_metadata(&world.moment, &other)
        .await
        .unwrap();
    world
        .declare(|declared| {
            let provider = identity::declare::IdentityProvider {
                id: "other".into(),
                metadata: Some(metadata),
                ..Default::default()
            };
            declared.organization[1].identity_provider.push(provider);
        })
        .await;
    let url = world.begin().await;
    let asked = ok(world
        .service
        .judge_request(&world.moment, &world.idp, Came::Redirect(query(&url)))
        .await);
    let (_, session) = world.sign_in("my-sso-username", "my-password").await;
    // A session of one entity vouches at no other.
    assert_eq!(
        code(
            world
                .service
                .vouch(&world.moment, &other, &session, &asked)
                .await
        ),
        "login.session"
    );
    let credentials = Credentials {
        user_name: "my-sso-username".into(),
        password: Secret::new("my-password"),
        code: None,
    };
    let step = world
        .service
        .sign_in(&world.moment, &other, &credentials)
        .await
        .unwrap();
    let NextStep::SignedIn {
        session: theirs, ..
    } = step
    else {
        panic!("{step:?}")
    };
    let post = ok(world
        .service
        .vouch(&world.moment, &other, &theirs, &asked)
        .await);
    let refused = world.finish(&post).await.unwrap().unwrap_err();
    assert!(
        refused.code.starts_with("sig.") || refused.code == "assertion.issuer",
        "{refused}"
    );
    let control = ok(world
        .service
        .vouch(&world.moment, &world.idp, &session, &asked)
        .await);
    ok(world.finish(&control).await);
}
