//! Responses that nobody asked for, the tokens that they buy, and what those are scoped to.

use crate::support::{World, code, ok};
use identity::declare::IdentityProvider;
use identity::declare::settings::Mapping;
use identity::federation::{FederationToken, IssuedFederationToken, Named, Scope, Wanted};
use identity::guard;
use identity::sso::Came;

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
        .redeem_unsolicited(&world.moment, &world.sp, ("adfs", response))
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
        .scope_by_token(&world.moment, "grid", (plain, &wanted))
        .await
}

pub(crate) async fn show(
    world: &World,
    auth: &str,
    subject: &str,
) -> identity::error::Answer<FederationToken> {
    world
        .service
        .show_federation_token(&world.moment, "grid", (auth, subject))
        .await
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
        let shown = world
            .service
            .show_federation_token(&world.moment, organization, (&plain, &plain))
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
