//! Sign-ins that an organization remembers, and changed rules tried on them.

use crate::federation::federation;
use crate::support::{World, code, ok};
use identity::declare::Declaration;
use identity::declare::settings::{Mapping, SignInHistory};
use identity::error::Answer;
use identity::federation::history::Replay;
use identity::mapping::Dialect;
use identity::sso::Came;

const GROUPS: &str = "http://schemas.xmlsoap.org/claims/Group";

fn rules(wanted: &str) -> String {
    serde_json::json!([
        {"local": [{"user": {"name": "{0}"}}], "remote": [{"type": "_NAMEID_"}]},
        {"local": [{"group": {"name": "admins"}}], "remote": [{"type": GROUPS, "any_one_of": [wanted]}]}
    ])
    .to_string()
}

fn remembering(attributes: &[&str]) -> impl FnOnce(&mut Declaration) {
    let attributes = attributes.iter().map(|&name| name.to_owned()).collect();
    move |declared| {
        let organization = &mut declared.organization[1];
        organization.sign_in_history = Some(SignInHistory {
            days: 7,
            people: 2,
            attributes,
        });
        let provider = &mut organization.identity_provider[0];
        provider.allow_unsolicited = true;
        provider.mapping = Some(Mapping {
            rules: rules("admins"),
            ..Mapping::default()
        });
    }
}

/// `user` comes with a response that nobody asked for; the identifier that tokens have of them.
async fn come(world: &World, user: &str) -> String {
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
    let response = ok(service.vouch(moment, &world.idp, &session, &asked).await);
    let redeemed = service
        .redeem_unsolicited(
            moment,
            &federation(world),
            ("adfs", &response.saml_response),
        )
        .await;
    ok(redeemed).token.user_id
}

async fn replay(world: &World, rules: &str) -> Answer<Replay> {
    let changed = (rules.to_owned(), Dialect::Huawei);
    world
        .service
        .replay_sign_ins(&world.moment, "grid", ("adfs", changed))
        .await
}

/// Every query of this file, on any store.
pub(crate) async fn everything(world: &World) {
    world.declare(remembering(&[GROUPS])).await;
    for user in ["my-sso-username", "outsider", "my-sso-username"] {
        come(world, user).await;
    }
    let changed = ok(replay(world, &rules("nobody")).await);
    assert_eq!((changed.people, changed.changes.len()), (2, 1));
    world.declare(|_| ()).await;
    assert_eq!(code(replay(world, &rules("admins")).await), "history.off");
}

#[tokio::test]
async fn changed_rules_say_who_would_gain_and_lose_what() {
    let world = World::new().await;
    world.declare(remembering(&[GROUPS])).await;
    let person = come(&world, "my-sso-username").await;
    come(&world, "outsider").await;
    let same = ok(replay(&world, &rules("admins")).await);
    assert_eq!(
        (same.people, same.changes.len(), same.hidden.len()),
        (2, 0, 0)
    );

    let changed = ok(replay(&world, &rules("nobody")).await);
    let [change] = changed.changes.as_slice() else {
        panic!("{changed:?}");
    };
    assert_eq!(change.person, person);
    // An account without an identity provider of its own opens by scoping, whoever vouched for the group.
    let lost = ["account 0", "account 12345", "account 777", "group admins"];
    assert_eq!(change.loses, lost);
    assert_eq!((change.gains.len(), &change.outcome), (0, &None));

    let nobody = r#"[{"local": [{"user": {"name": "x"}}], "remote": [{"type": "absent"}]}]"#;
    let refused = ok(replay(&world, nobody).await);
    assert_eq!(refused.changes.len(), 2);
    let outcome = ("admitted".to_owned(), "mapping.no_rule".to_owned());
    assert_eq!(refused.changes[0].outcome, Some(outcome));
}

#[tokio::test]
async fn nothing_is_remembered_unless_the_organization_says_so_and_forgotten_when_it_says_no_more()
{
    let world = World::new().await;
    world
        .declare(|declared| {
            remembering(&[])(declared);
            declared.organization[1].sign_in_history = None;
        })
        .await;
    come(&world, "my-sso-username").await;
    assert_eq!(code(replay(&world, &rules("admins")).await), "history.off");
    world.declare(remembering(&[])).await;
    assert_eq!(ok(replay(&world, &rules("admins")).await).people, 0);
    come(&world, "my-sso-username").await;
    assert_eq!(ok(replay(&world, &rules("admins")).await).people, 1);
    world
        .declare(|declared| {
            remembering(&[])(declared);
            declared.organization[1].sign_in_history = None;
        })
        .await;
    world.declare(remembering(&[])).await;
    assert_eq!(ok(replay(&world, &rules("admins")).await).people, 0);
}

#[tokio::test]
async fn values_that_were_not_named_are_fingerprints_and_rules_that_test_them_say_so() {
    let world = World::new().await;
    world.declare(remembering(&[])).await;
    come(&world, "my-sso-username").await;
    let hidden = ok(replay(&world, &rules("admins")).await);
    assert_eq!(hidden.hidden, [GROUPS]);
    assert_eq!(hidden.changes.len(), 0, "both see the same fingerprint");
    // Nothing in the database gives a value away, named or not: it is sealed.
    world.declare(remembering(&[GROUPS])).await;
    come(&world, "my-sso-username").await;
    let store = world.service.store();
    let kept = store
        .sign_ins("grid", "adfs", world.moment.now)
        .await
        .unwrap();
    assert!(!kept[0].sealed.windows(6).any(|window| window == b"admins"));
    assert_eq!(
        store
            .sign_ins("my-domain", "adfs", world.moment.now)
            .await
            .unwrap(),
        []
    );
}

#[tokio::test]
async fn history_is_bounded_in_people_and_time() {
    let mut world = World::new().await;
    world.declare(remembering(&[GROUPS])).await;
    let first = come(&world, "my-sso-username").await;
    world.pass(1);
    come(&world, "outsider").await;
    world.pass(1);
    come(&world, "my-sso-username").await;
    let of = async |world: &World| {
        let store = world.service.store();
        let kept = store
            .sign_ins("grid", "adfs", world.moment.now)
            .await
            .unwrap();
        kept.into_iter().map(|s| s.person).collect::<Vec<_>>()
    };
    assert_eq!(of(&world).await.len(), 2, "one each, the last one");
    assert_eq!(of(&world).await[0], first);
    world
        .declare(|declared| {
            remembering(&[GROUPS])(declared);
            declared.organization[1]
                .sign_in_history
                .as_mut()
                .unwrap()
                .people = 1;
        })
        .await;
    world.pass(1);
    come(&world, "outsider").await;
    assert_eq!(of(&world).await.len(), 1);
    assert_ne!(of(&world).await[0], first);
    world.pass(8 * 24 * 3600);
    assert_eq!(of(&world).await, [] as [String; 0]);
    assert!(world.service.purge(&world.moment).await.unwrap() > 0);
}
