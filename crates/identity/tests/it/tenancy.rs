//! What belongs to one organization does not exist for another.

use crate::support::{World, code, ok, query};
use identity::entities::{IdentityProvider, ServiceProvider};
use identity::keys::Holder;
use identity::sso::Came;

/// The same doors under the names of another organization, which trusts the same identity provider with the same keys.
async fn twin(world: &World) -> ServiceProvider {
    world
        .declare(|declared| {
            let mut twin = declared.organization[1].clone();
            twin.id = "twin".into();
            declared.organization.push(twin);
        })
        .await;
    let twin = ServiceProvider {
        organization: "twin".into(),
        ..world.sp.clone()
    };
    world
        .service
        .ensure_service_provider(&world.moment, &twin)
        .await
        .unwrap();
    twin
}

#[tokio::test]
async fn a_response_for_one_organization_buys_nothing_at_another() {
    let world = World::new().await;
    let twin = twin(&world).await;
    let (post, _) = world.response().await;
    let elsewhere = world
        .service
        .finish_sign_on(
            &world.moment,
            &twin,
            &post.saml_response,
            post.relay_state.as_deref(),
        )
        .await;
    assert_eq!(code(elsewhere), "assertion.in_response_to");
    ok(world.finish(&post).await);
}

#[tokio::test]
async fn a_token_is_unknown_to_every_other_organization() {
    let world = World::new().await;
    twin(&world).await;
    let (token, _) = world.token().await;
    assert!(world.is_live(&token).await, "and cached");
    for organization in ["twin", "my-domain", "", "nobody", "gr\0id"] {
        assert_eq!(
            code(
                world
                    .service
                    .check_token(&world.moment, organization, &token)
                    .await
            ),
            "token.invalid"
        );
        assert_eq!(
            code(
                world
                    .service
                    .revoke_token(&world.moment, organization, &token)
                    .await
            ),
            "token.invalid"
        );
    }
    assert!(world.is_live(&token).await);
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one list: every query there is")]
async fn every_look_up_asks_for_the_organization() {
    let world = World::new().await;
    let (cookie, session) = world.sign_in("my-sso-username", "my-password").await;
    world.token().await;
    let store = &world.service.store().clone();
    let user = &session.user;
    let (sp, idp) = (&world.sp.entity_id.clone(), &world.idp.entity_id.clone());
    // Each found at home, and none of them elsewhere.
    for (organization, home) in [("my-domain", true), ("grid", false)] {
        assert_eq!(
            store.user(organization, user).await.unwrap().is_some(),
            home
        );
        assert_eq!(
            store
                .user_by_name(organization, "my-sso-username@my-domain")
                .await
                .unwrap()
                .is_some(),
            home
        );
        assert_eq!(
            store
                .user_and_groups(organization, user)
                .await
                .unwrap()
                .is_some(),
            home
        );
        assert_eq!(
            !store
                .groups_of(organization, user)
                .await
                .unwrap()
                .is_empty(),
            home
        );
        assert_eq!(
            store
                .application(organization, "storagegrid")
                .await
                .unwrap()
                .is_some(),
            home
        );
        assert_eq!(
            store
                .application_by_entity_id(organization, sp)
                .await
                .unwrap()
                .is_some(),
            home
        );
        assert_eq!(
            !store
                .key_generations(&Holder::door(organization, "adfs"), "assertions")
                .await
                .unwrap()
                .is_empty(),
            home
        );
        let entity = IdentityProvider {
            organization: organization.into(),
            ..world.idp.clone()
        };
        assert_eq!(
            world
                .service
                .session(&world.moment, &entity, &cookie)
                .await
                .unwrap()
                .is_some(),
            home
        );
        let asked = world
            .service
            .judge_request(
                &world.moment,
                &entity,
                Came::Redirect(query(&world.begin().await)),
            )
            .await;
        assert_eq!(asked.unwrap().is_ok(), home);
    }
    for (organization, home) in [("grid", true), ("my-domain", false)] {
        assert_eq!(
            store
                .account(organization, "12345")
                .await
                .unwrap()
                .is_some(),
            home
        );
        assert_eq!(
            store
                .identity_provider(organization, "adfs")
                .await
                .unwrap()
                .is_some(),
            home
        );
        assert_eq!(
            store
                .identity_provider_by_entity_id(organization, idp)
                .await
                .unwrap()
                .is_some(),
            home
        );
        let entity = ServiceProvider {
            organization: organization.into(),
            ..world.sp.clone()
        };
        assert_eq!(
            world
                .service
                .begin_sign_on(&world.moment, &entity, "12345")
                .await
                .unwrap()
                .is_ok(),
            home
        );
    }
    let called = World::limited(world, |settings| settings.telephones = true);
    let step = called.try_sign_in("mfa-user", "my-password", None).await;
    let identity::login::NextStep::AskSecondFactor { pending, .. } = step else {
        panic!("{step:?}")
    };
    let push = identity::approvals::Method::Push;
    let asked = (pending.as_str(), push);
    ok(called
        .service
        .ask_telephone(&called.moment, &called.idp, asked)
        .await);
    let at = called.moment.now;
    let waiting = store.waiting_approvals("my-domain", at).await.unwrap();
    for (organization, home) in [("my-domain", 1), ("grid", 0)] {
        let found = store.waiting_approvals(organization, at).await.unwrap();
        assert_eq!(found.len(), home);
        let found = store.approval(organization, &waiting[0].id).await.unwrap();
        assert_eq!(found.iter().count(), home);
        let deny = (waiting[0].id.as_str(), identity::approvals::Reply::Deny);
        let answered = called
            .service
            .answer_approval(&called.moment, organization, deny)
            .await;
        assert_eq!(answered.unwrap().is_ok(), home == 1);
    }
    assert_eq!(store.peers_elsewhere("grid", idp).await.unwrap(), []);
}

#[tokio::test]
async fn a_waiting_second_factor_belongs_to_its_organization() {
    let world = World::new().await;
    let step = world.try_sign_in("mfa-user", "my-password", None).await;
    let identity::login::NextStep::AskSecondFactor { pending, .. } = step else {
        panic!("{step:?}")
    };
    let elsewhere = IdentityProvider {
        organization: "grid".into(),
        ..world.idp.clone()
    };
    let step = world
        .service
        .second_factor(
            &world.moment,
            &elsewhere,
            &pending,
            &identity::login::Secret::new("000000"),
        )
        .await
        .unwrap();
    assert!(
        matches!(step, identity::login::NextStep::Refused(refused) if refused.code == "login.pending")
    );
}

/// Two organizations with a person of the same name, each asked for what the other's person keeps.
#[tokio::test]
async fn people_of_the_same_name_in_two_organizations_share_nothing() {
    let world = World::new().await;
    let twin = |declared: &mut identity::declare::Declaration| {
        let mut person = declared.organization[0].user[0].clone();
        person.email = Some("ana@example.com".into());
        declared.organization[0].user[0] = person.clone();
        declared.organization[1].user.push(person);
    };
    world.declare(twin).await;
    let (cookie, session) = world
        .sign_in("my-sso-username@my-domain", "my-password")
        .await;
    let elsewhere = IdentityProvider {
        organization: "grid".into(),
        ..world.idp.clone()
    };
    let (service, store, moment) = (&world.service, world.service.store(), &world.moment);
    for (entity, home) in [(&world.idp, true), (&elsewhere, false)] {
        let organization = entity.organization.as_str();
        let found = service.session(moment, entity, &cookie).await.unwrap();
        assert_eq!(found.is_some(), home);
        let sessions = service.sessions_of(moment, entity, &session).await.unwrap();
        assert_eq!(!sessions.is_empty(), home);
        let named = store.user_by_name(organization, &session.user_name).await;
        assert_eq!(named.unwrap().unwrap().id == session.user, home);
        let addressed = store.user_by_email(organization, "ana@example.com").await;
        assert_eq!(addressed.unwrap().unwrap().id == session.user, home);
        assert_eq!(!service.homes(entity).await.unwrap().is_empty(), home);
    }
    // Nor does anything that is changed here change there.
    let (old, new) = (
        identity::login::Secret::new("my-password"),
        identity::login::Secret::new("a girafa no telhado azul"),
    );
    let there = service
        .change_password(moment, &elsewhere, &session, (&old, &new))
        .await;
    assert!(there.unwrap().is_err());
    let here = service
        .change_password(moment, &world.idp, &session, (&old, &new))
        .await;
    let renewed = here.unwrap().unwrap();
    let ended = service
        .sign_out_elsewhere(moment, &elsewhere, &session)
        .await;
    assert_eq!(ended.unwrap(), 0);
    let own = service.session(moment, &world.idp, &renewed.cookie).await;
    assert!(own.unwrap().is_some());
    let credentials = identity::login::Credentials {
        user_name: session.user_name.clone(),
        password: old,
        code: None,
    };
    let step = service
        .sign_in(moment, &elsewhere, &credentials)
        .await
        .unwrap();
    assert!(matches!(step, identity::login::NextStep::SignedIn { .. }));
}
