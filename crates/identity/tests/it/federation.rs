//! Responses that nobody asked for, the tokens that they buy, and what those are scoped to.

use crate::support::{World, code, ok};
use identity::declare::IdentityProvider;
use identity::declare::settings::Mapping;
use identity::entities::{Federation, TokenFormat};
use identity::federation::registration::{Description, Desk, Imported};
use identity::federation::{FederationToken, IssuedFederationToken, Named, Scope, Wanted};
use identity::guard;
use identity::sso::Came;
use identity::store::mappings::NamedMapping;
use identity::store::protocols::Protocol;

const RULES: &str = r#"[
  {"local": [{"user": {"name": "{0}"}}], "remote": [{"type": "_NAMEID_"}]},
  {"local": [{"group": {"name": "admins"}}],
   "remote": [{"type": "http://schemas.xmlsoap.org/claims/Group", "any_one_of": ["admins"]}]}
]"#;

/// A world whose grid believes AD FS unasked.
async fn cloud() -> World {
    with(|_| {}).await
}

async fn with(change: impl FnOnce(&mut IdentityProvider)) -> World {
    let world = World::new().await;
    believe_unasked(&world, change).await;
    world
}

/// The grid believes AD FS unasked, with [`RULES`].
pub(crate) async fn believe_unasked(world: &World, change: impl FnOnce(&mut IdentityProvider)) {
    world
        .declare(|declared| {
            let provider = &mut declared.organization[1].identity_provider[0];
            provider.allow_unsolicited = true;
            provider.mapping = Some(Mapping {
                rules: RULES.to_owned(),
                ..Mapping::default()
            });
            change(provider);
        })
        .await;
}

/// The grid, as a federation.
pub(crate) fn federation(world: &World) -> Federation {
    Federation {
        provider: world.sp.clone(),
        format: TokenFormat::Signed,
    }
}

/// A response for `user`@my-domain that nobody asked for.
async fn response(world: &World, user: &str) -> String {
    let (_, session) = world
        .sign_in(&format!("{user}@my-domain"), "my-password")
        .await;
    let came = Came::Unsolicited {
        relying_party: &world.sp.entity_id,
        acs: None,
        relay_state: None,
    };
    let (service, moment) = (&world.service, &world.moment);
    let asked = ok(service.judge_request(moment, &world.idp, came).await);
    ok(service.vouch(moment, &world.idp, &session, &asked).await).saml_response
}

async fn redeem(world: &World, response: &str) -> identity::error::Answer<IssuedFederationToken> {
    world
        .service
        .redeem_unsolicited(&world.moment, &federation(world), ("adfs", response))
        .await
}

pub(crate) async fn unscoped(world: &World) -> String {
    ok(redeem(world, &response(world, "my-sso-username").await).await).plain
}

pub(crate) async fn scope(
    world: &World,
    plain: &str,
) -> identity::error::Answer<IssuedFederationToken> {
    let wanted = Wanted::Project(Named::Id("12345".to_owned()), None);
    world
        .service
        .scope_by_token(&world.moment, &federation(world), (plain, &wanted))
        .await
}

pub(crate) async fn show(
    world: &World,
    auth: &str,
    subject: &str,
) -> identity::error::Answer<FederationToken> {
    let shown = world
        .service
        .show_federation_token(&world.moment, &federation(world), (auth, subject))
        .await?;
    Ok(shown.map(|token| FederationToken::clone(&token)))
}

#[tokio::test]
async fn response_buys_one_unscoped_token_and_both_are_audited() {
    let world = cloud().await;
    let response = response(&world, "my-sso-username").await;
    let issued = ok(redeem(&world, &response).await);
    assert_eq!(issued.token.scope, Scope::Unscoped);
    assert_eq!(issued.token.groups[0].name, "admins");
    assert_eq!(
        ok(show(&world, &issued.plain, &issued.plain).await),
        issued.token,
        "it says the same when it is issued and when it is shown"
    );
    assert_eq!(world.events("grid", "token.issued").await.len(), 1);

    assert_eq!(code(redeem(&world, &response).await), "assertion.replayed");
    let refused = world.events("grid", "sign_on.refused").await;
    assert_eq!(refused[0].code.as_deref(), Some("assertion.replayed"));
    let _off = guard::off("assertion.replayed");
    ok(redeem(&world, &response).await);
}

#[tokio::test]
async fn provider_that_may_not_speak_unasked_is_refused() {
    let world = with(|provider| provider.allow_unsolicited = false).await;
    let response = response(&world, "my-sso-username").await;
    assert_eq!(code(redeem(&world, &response).await), "unsolicited");
    let _off = guard::off("unsolicited");
    ok(redeem(&world, &response).await);
}

#[tokio::test]
async fn disabled_provider_is_refused() {
    let world = with(|provider| provider.enabled = Some(false)).await;
    let response = response(&world, "my-sso-username").await;
    assert_eq!(code(redeem(&world, &response).await), "idp.disabled");
    let _off = guard::off("idp.disabled");
    ok(redeem(&world, &response).await);
}

#[tokio::test]
async fn response_that_somebody_asked_for_is_not_one_that_nobody_asked_for() {
    let world = cloud().await;
    let (post, _) = world.response().await;
    assert_eq!(
        code(redeem(&world, &post.saml_response).await),
        "assertion.in_response_to"
    );
    ok(world.finish(&post).await);
}

#[tokio::test]
async fn person_whom_no_rule_maps_is_refused_and_the_response_is_used_up() {
    let rules = r#"[{"local": [{"user": {"name": "x"}}], "remote": [{"type": "absent"}]}]"#;
    let world = with(|provider| provider.mapping.as_mut().unwrap().rules = rules.to_owned()).await;
    let response = response(&world, "my-sso-username").await;
    assert_eq!(code(redeem(&world, &response).await), "mapping.no_rule");
    let refused = world.events("grid", "sign_on.refused").await;
    assert_eq!(refused[0].code.as_deref(), Some("mapping.no_rule"));
    assert_eq!(code(redeem(&world, &response).await), "assertion.replayed");
}

#[tokio::test]
async fn person_without_rules_is_the_federation_user_without_groups() {
    let world = with(|provider| provider.mapping = None).await;
    let issued = ok(redeem(&world, &response(&world, "my-sso-username").await).await);
    assert_eq!(issued.token.user_name, "FederationUser");
    assert_eq!(issued.token.groups, []);
    assert_eq!(code(scope(&world, &issued.plain).await), "scope.refused");
}

#[tokio::test]
async fn only_an_unscoped_token_is_scoped() {
    let world = cloud().await;
    let parent = unscoped(&world).await;
    let child = ok(scope(&world, &parent).await);
    assert!(matches!(child.token.scope, Scope::Project(..)));
    assert_eq!(code(scope(&world, &child.plain).await), "token.scoped");
    let _off = guard::off("token.scoped");
    ok(scope(&world, &child.plain).await);
}

#[tokio::test]
async fn unscoped_token_shows_no_other_token() {
    let world = cloud().await;
    let parent = unscoped(&world).await;
    let child = ok(scope(&world, &parent).await).plain;
    ok(show(&world, &child, &parent).await);
    assert_eq!(code(show(&world, &parent, &child).await), "token.unscoped");
    let _off = guard::off("token.unscoped");
    ok(show(&world, &parent, &child).await);
}

#[tokio::test]
async fn token_of_another_person_is_not_shown() {
    let world = cloud().await;
    let mine = ok(scope(&world, &unscoped(&world).await).await).plain;
    let theirs = ok(redeem(&world, &response(&world, "outsider").await).await).plain;
    assert_eq!(code(show(&world, &mine, &theirs).await), "token.foreign");
    let _off = guard::off("token.foreign");
    ok(show(&world, &mine, &theirs).await);
}

#[tokio::test]
async fn token_is_unknown_in_every_other_organization_and_to_every_other_kind_of_door() {
    let world = cloud().await;
    let plain = unscoped(&world).await;
    for organization in ["my-domain", "", "nobody"] {
        let mut elsewhere = federation(&world);
        elsewhere.provider.organization = organization.to_owned();
        let shown = world
            .service
            .show_federation_token(&world.moment, &elsewhere, (&plain, &plain))
            .await;
        assert_eq!(code(shown), "token.invalid");
    }
    assert!(!world.is_live(&plain).await);
    let (other, _) = world.token().await;
    assert_eq!(code(show(&world, &other, &other).await), "token.invalid");
    let bytes = world.database();
    assert!(
        !bytes
            .windows(plain.len())
            .any(|window| window == plain.as_bytes()),
        "only its hash is kept"
    );
}

#[tokio::test]
async fn scoped_token_closes_with_its_project() {
    let world = cloud().await;
    let child = ok(scope(&world, &unscoped(&world).await).await).plain;
    ok(show(&world, &child, &child).await);
    world
        .declare(|declared| declared.organization[1].account[1].admits.clear())
        .await;
    assert_eq!(code(show(&world, &child, &child).await), "token.invalid");
}

#[tokio::test]
async fn faulty_rules_are_refused_when_they_are_declared() {
    let world = World::new().await;
    let mut declared = world.declared().await;
    declared.organization[1].identity_provider[0].mapping = Some(Mapping {
        rules: r#"[{"local": []}]"#.to_owned(),
        ..Mapping::default()
    });
    let faults = world
        .service
        .declare(&world.moment, &declared)
        .await
        .unwrap()
        .unwrap_err();
    assert!(
        faults[0]
            .at
            .ends_with("identity_provider[adfs].mapping.rules"),
        "{faults:?}"
    );
}

#[tokio::test]
async fn killed_key_takes_what_it_signed_with_it_and_a_rotated_one_does_not() {
    let mut world = cloud().await;
    let old = unscoped(&world).await;
    let keys = world.service.jwt_keys("grid").await.unwrap();
    let key = keys
        .iter()
        .find(|key| key.purpose == "subject-token")
        .unwrap();
    let owner = ("storagegrid", "subject-token");
    world
        .service
        .rotate_jwt_key(&world.moment, "grid", owner)
        .await
        .unwrap();
    let same = unscoped(&world).await;
    let header = |token: &str| token.split('.').next().unwrap().to_owned();
    assert_eq!(header(&old), header(&same), "the new one is not known yet");
    world.pass(300);
    let new = unscoped(&world).await;
    assert_ne!(header(&old), header(&new));
    ok(show(&world, &old, &old).await);

    let nobody = world
        .service
        .kill_jwt_key(&world.moment, "my-domain", &key.kid)
        .await;
    assert_eq!(code(nobody), "key.unknown");
    ok(world
        .service
        .kill_jwt_key(&world.moment, "grid", &key.kid)
        .await);
    assert_eq!(code(show(&world, &old, &old).await), "token.invalid");
    ok(show(&world, &new, &new).await);
    let off = guard::off("token.signature");
    ok(show(&world, &old, &old).await);
    drop(off);
    let keys = world
        .service
        .published_jwt_keys(&world.moment, "grid", "storagegrid")
        .await
        .unwrap();
    let published = serde_json::to_string(&keys).unwrap();
    assert!(!published.contains(&key.kid), "{published}");
}

#[tokio::test]
async fn opaque_and_signed_tokens_live_side_by_side() {
    let world = cloud().await;
    let response = response(&world, "my-sso-username").await;
    let opaque = Federation {
        format: TokenFormat::Opaque,
        ..federation(&world)
    };
    let issued = world
        .service
        .redeem_unsolicited(&world.moment, &opaque, ("adfs", &response));
    let issued = ok(issued.await);
    assert_eq!(issued.plain.len(), 43);
    ok(show(&world, &issued.plain, &issued.plain).await);
    assert!(unscoped(&world).await.contains('.'));
}

#[tokio::test]
async fn end_of_the_session_at_the_provider_ends_the_tokens_that_came_from_it() {
    let world = cloud().await;
    let (_, session) = world
        .sign_in("my-sso-username@my-domain", "my-password")
        .await;
    let came = Came::Unsolicited {
        relying_party: &world.sp.entity_id,
        acs: None,
        relay_state: None,
    };
    let (service, moment) = (&world.service, &world.moment);
    let asked = ok(service.judge_request(moment, &world.idp, came).await);
    let vouched = ok(service.vouch(moment, &world.idp, &session, &asked).await);
    let token = ok(redeem(&world, &vouched.saml_response).await).plain;
    let child = ok(scope(&world, &token).await).plain;
    let elsewhere = unscoped(&world).await;

    let logout = ok(service.sign_out(moment, &world.idp, &session).await).unwrap();
    let query = crate::support::query(&logout);
    ok(service
        .service_provider_logout(moment, &world.sp, query)
        .await);
    assert_eq!(code(show(&world, &token, &token).await), "token.invalid");
    assert_eq!(code(show(&world, &child, &child).await), "token.invalid");
    ok(show(&world, &elsewhere, &elsewhere).await);
}

#[tokio::test]
async fn tokens_end_with_the_provider_that_vouched_for_them() {
    let world = cloud().await;
    let token = unscoped(&world).await;
    world
        .declare(|declared| {
            let provider = &mut declared.organization[1].identity_provider[0];
            provider.enabled = Some(false);
        })
        .await;
    assert_eq!(code(show(&world, &token, &token).await), "token.invalid");
}

/// The payload of a JWS that is not to be verified here.
fn payload(signed: &str) -> serde_json::Value {
    use base64::Engine;
    let part = signed.split('.').nth(1).unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(part)
        .unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[tokio::test]
async fn published_list_names_what_was_revoked_until_it_expires() {
    let mut world = cloud().await;
    let federation = federation(&world);
    let token = unscoped(&world).await;
    let before = world
        .service
        .revocations(&world.moment, &federation)
        .await
        .unwrap();
    assert_eq!(payload(&before.signed)["revoked"], serde_json::json!([]));
    let revoked =
        world
            .service
            .revoke_federation_token(&world.moment, &federation, (&token, &token));
    ok(revoked.await);
    world.pass(2);
    let after = world
        .service
        .revocations(&world.moment, &federation)
        .await
        .unwrap();
    assert_ne!(before.tag, after.tag);
    let list = payload(&after.signed);
    assert_eq!(list["revoked"], serde_json::json!([payload(&token)["jti"]]));
    assert_eq!(list["complete_from"], 0);
    world.pass(24 * 3600);
    let empty = world
        .service
        .revocations(&world.moment, &federation)
        .await
        .unwrap();
    assert_eq!(payload(&empty.signed)["revoked"], serde_json::json!([]));
}

/// Every query of the federation, for the conformance of databases.
pub(crate) async fn every_query(world: &World) {
    let (service, moment) = (&world.service, &world.moment);
    let federation = federation(world);
    world
        .declare(|declared| {
            declared.organization[1].administrators = vec!["admins".to_owned()];
            let provider = &mut declared.organization[1].identity_provider[0];
            provider.allow_unsolicited = true;
        })
        .await;
    let proof = identity::federation::PasswordProof {
        credentials: identity::login::Credentials {
            user_name: "root".to_owned(),
            password: identity::login::Secret::new("root-password"),
            code: None,
        },
        domain: None,
        code_of: None,
    };
    let wanted = Wanted::Project(Named::Id("777".to_owned()), None);
    let root = service.scope_by_password(moment, &federation, (&proof, Some(&wanted)));
    let root = ok(root.await).plain;
    let desk = Desk {
        federation: &federation,
        auth: &root,
    };
    register(world, desk).await;
    use_and_remove(world, desk).await;
    let list = service.revocations(moment, &federation).await.unwrap();
    assert!(payload(&list.signed)["revoked"].is_array());
    let owner = ("storagegrid", "subject-token");
    service.rotate_jwt_key(moment, "grid", owner).await.unwrap();
    let keys = service.jwt_keys("grid").await.unwrap();
    assert_eq!(keys.len(), 3, "two of tokens, one of lists");
    ok(service.kill_jwt_key(moment, "grid", &keys[0].kid).await);
}

async fn register(world: &World, desk: Desk<'_>) {
    let (service, moment) = (&world.service, &world.moment);
    let mapping = |rules: &str| NamedMapping {
        id: "named".to_owned(),
        rules: rules.to_owned(),
        dialect: identity::mapping::Dialect::Huawei,
    };
    let protocol = || Protocol {
        id: "saml".to_owned(),
        mapping: "named".to_owned(),
    };
    let told = Description {
        enabled: Some(true),
        ..Description::default()
    };
    let add = service.add_provider(moment, desk, ("new", told.clone()));
    assert_eq!(add.await.unwrap().unwrap().metadata, "");
    let again = service.add_provider(moment, desk, ("new", told));
    assert_eq!(
        again.await.unwrap().unwrap_err().code(),
        "registration.exists"
    );
    for (rules, replace) in [("[]", false), (RULES, true)] {
        let put = service.put_mapping(moment, desk, (mapping(rules), replace));
        put.await.unwrap().unwrap();
    }
    for provider in ["new", "adfs"] {
        let put = service.put_protocol(moment, desk, (provider, protocol(), provider == "adfs"));
        put.await.unwrap().unwrap();
    }
    let put = service.put_protocol(moment, desk, ("new", protocol(), true));
    put.await.unwrap().unwrap();
}

async fn use_and_remove(world: &World, desk: Desk<'_>) {
    let (service, moment) = (&world.service, &world.moment);
    let named = ok(redeem(world, &response(world, "my-sso-username").await).await);
    assert_eq!(named.token.groups[0].name, "admins", "by the named rules");
    let imported = Imported {
        metadata: service
            .identity_provider_metadata(moment, &world.idp)
            .await
            .unwrap(),
        domain: "grid".to_owned(),
    };
    let clash = service.import_metadata(moment, desk, ("new", "saml", imported));
    assert_eq!(
        clash.await.unwrap().unwrap_err().code(),
        "registration.exists"
    );
    let shown = service.imported_metadata(moment, desk, ("adfs", "saml"));
    assert_eq!(shown.await.unwrap().unwrap().id, "adfs");
    let all = service
        .registered_providers(moment, desk)
        .await
        .unwrap()
        .unwrap();
    let ids: Vec<&str> = all.iter().map(|one| one.id.as_str()).collect();
    assert!(ids.contains(&"adfs") && ids.contains(&"new"), "{ids:?}");
    crate::federation_id_token::registered(world, desk).await;
    let all = service
        .registered_mappings(moment, desk)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(all.len(), 1);
    let used = service.remove_mapping(moment, desk, "named").await;
    assert_eq!(used.unwrap().unwrap_err().code(), "registration.in_use");
    let used = service.remove_provider(moment, desk, "adfs").await;
    assert_eq!(used.unwrap().unwrap_err().code(), "registration.in_use");
    let told = Description {
        enabled: Some(false),
        ..Description::default()
    };
    let told = service.describe_provider(moment, desk, ("new", told));
    assert!(!told.await.unwrap().unwrap().enabled);
    let removed = service.remove_protocol(moment, desk, ("new", "saml"));
    removed.await.unwrap().unwrap();
    let removed = service.remove_provider(moment, desk, "new");
    removed.await.unwrap().unwrap();
}
