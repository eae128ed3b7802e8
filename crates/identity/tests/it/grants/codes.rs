use super::{Comercial, REDIRECT, SECRET, VERIFIER, device, redeeming, refused};
use identity::guard;

#[tokio::test]
async fn code_buys_tokens_once_and_its_second_use_ends_them() {
    let org = Comercial::new().await;
    let code = org.code(&org.sign_in().await).await;
    let tokens = org.redeem(&code).await.unwrap().unwrap();
    assert_eq!(tokens.access_token.len(), 128);
    assert!(org.is_live(&tokens.access_token).await);
    assert_eq!(
        refused(org.redeem(&code).await),
        ("invalid_grant", "oauth.code_replayed")
    );
    assert!(!org.is_live(&tokens.access_token).await);
    let refresh = tokens.refresh_token.unwrap();
    assert_eq!(
        refused(org.refresh(&refresh).await),
        ("invalid_grant", "oauth.refresh_token")
    );
    assert_eq!(
        org.world.events("comercial", "grant.replayed").await.len(),
        1
    );
}

#[tokio::test]
async fn of_fifty_uses_of_a_code_at_once_exactly_one_succeeds() {
    let org = Comercial::new().await;
    let node = org.another_node().await;
    let code = org.code(&org.sign_in().await).await;
    let mut uses = tokio::task::JoinSet::new();
    for n in 0..50 {
        let world = if n % 2 == 0 { &org.world } else { &node.world };
        let (service, moment) = (world.service.clone(), world.moment.clone());
        let (server, body) = (org.server.clone(), redeeming(&code));
        uses.spawn(async move {
            let answer = service
                .exchange(&moment, &server, (None, None, &body))
                .await;
            answer.unwrap().map(|tokens| tokens.access_token)
        });
    }
    let answers = uses.join_all().await;
    let bought: Vec<_> = answers.into_iter().filter_map(Result::ok).collect();
    assert_eq!(bought.len(), 1);
    assert!(!org.is_live(&bought[0]).await);
}

#[tokio::test]
async fn used_code_stays_used_after_a_restart() {
    let org = Comercial::new().await;
    let code = org.code(&org.sign_in().await).await;
    assert!(org.redeem(&code).await.unwrap().is_ok());
    let node = org.another_node().await;
    assert_eq!(
        refused(node.redeem(&code).await),
        ("invalid_grant", "oauth.code_replayed")
    );
}

#[tokio::test]
async fn code_is_bound_to_client_address_and_verifier() {
    let org = Comercial::new().await;
    let session = org.sign_in().await;
    let code = org.code(&session).await;
    let good = redeeming(&code);
    let other = good
        .replace("client_id=app", "client_id=other")
        .replace(SECRET, super::OTHER_SECRET);
    let cases = [
        (other, "oauth.code"),
        (
            good.replace(REDIRECT, "https://app.example.com/other"),
            "oauth.code_redirect_uri",
        ),
        (
            good.replace(&format!("&redirect_uri={REDIRECT}"), ""),
            "oauth.code_redirect_uri",
        ),
        (
            good.replace(VERIFIER, &"w".repeat(64)),
            "oauth.pkce_mismatch",
        ),
        (
            good.replace(&format!("&code_verifier={VERIFIER}"), ""),
            "oauth.pkce_verifier_missing",
        ),
        (good.replace(&code, &code[1..]), "oauth.code"),
    ];
    for (body, why) in cases {
        assert_eq!(refused(org.exchange(&body).await), ("invalid_grant", why));
    }
    // None of them used it up.
    assert!(org.exchange(&good).await.unwrap().is_ok());
}

#[tokio::test]
async fn code_lives_sixty_seconds() {
    let mut org = Comercial::new().await;
    let session = org.sign_in().await;
    let (early, late) = (org.code(&session).await, org.code(&session).await);
    org.world.pass(59);
    assert!(org.redeem(&early).await.unwrap().is_ok());
    org.world.pass(1);
    assert_eq!(
        refused(org.redeem(&late).await),
        ("invalid_grant", "oauth.code")
    );
}

#[tokio::test]
async fn code_of_one_organization_is_nothing_to_another() {
    let org = Comercial::new().await;
    let code = org.code(&org.sign_in().await).await;
    let industrial = Comercial::of(org.world.another_node().await, "industrial");
    assert_eq!(
        refused(industrial.redeem(&code).await),
        ("invalid_grant", "oauth.code")
    );
    assert!(org.redeem(&code).await.unwrap().is_ok());
}

#[tokio::test]
async fn code_dies_with_the_session_and_with_the_persons_right_to_sign_in() {
    let org = Comercial::new().await;
    let session = org.sign_in().await;
    let code = org.code(&session).await;
    org.sign_out(&session).await;
    let dead = ("invalid_grant", "oauth.code_session");
    assert_eq!(refused(org.redeem(&code).await), dead);
    let code = org.code(&org.sign_in().await).await;
    org.disable().await;
    assert_eq!(refused(org.redeem(&code).await), dead);
}

#[tokio::test(flavor = "current_thread")]
async fn what_was_given_before_a_password_was_changed_is_void_if_nobody_fetched_it() {
    let mut org = Comercial::new().await;
    let session = org.sign_in().await;
    let tokens = org.openid_tokens(&session).await;
    let (code, device) = (
        org.code(&session).await,
        device::let_in_by(&org, &session).await,
    );
    let (kept, other) = (
        org.code(&session).await,
        device::let_in_by(&org, &session).await,
    );
    org.world.pass(1);
    org.change_password(&session).await;
    let void = ("invalid_grant", "oauth.code_session");
    assert_eq!(refused(org.redeem(&code).await), void);
    assert!(!device.poll(&org, 5).await);
    // The tokens of before are void, too, and what is given from now on is not.
    let refresh = tokens.refresh_token.unwrap();
    let body = format!(
        "client_id=portal&client_secret={SECRET}&grant_type=refresh_token&refresh_token={refresh}"
    );
    assert!(org.exchange(&body).await.unwrap().is_err());
    let fresh = org.code(&session).await;
    assert!(org.redeem(&fresh).await.unwrap().is_ok(), "the control");
    assert!(device::let_in_by(&org, &session).await.poll(&org, 5).await);
    let _off = (
        guard::off("oauth.code_session"),
        guard::off("oauth.device_session"),
    );
    assert!(org.redeem(&kept).await.unwrap().is_ok());
    assert!(other.poll(&org, 5).await);
}
