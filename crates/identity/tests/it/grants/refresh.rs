use super::{Comercial, OTHER_SECRET, SECRET, refreshing, refused};

const REPLAYED: (&str, &str) = ("invalid_grant", "oauth.refresh_replayed");
const DEAD: (&str, &str) = ("invalid_grant", "oauth.refresh_token");

#[tokio::test]
async fn refresh_token_is_rotated_and_its_second_use_ends_the_family() {
    let org = Comercial::new().await;
    let first = org.tokens().await;
    let old = first.refresh_token.unwrap();
    let second = org.refresh(&old).await.unwrap().unwrap();
    let new = second.refresh_token.clone().unwrap();
    assert_ne!(new, old);
    assert!(org.is_live(&second.access_token).await);
    assert_eq!(refused(org.refresh(&old).await), REPLAYED);
    assert!(!org.is_live(&first.access_token).await);
    assert!(!org.is_live(&second.access_token).await);
    assert_eq!(refused(org.refresh(&new).await), DEAD);
}

#[tokio::test]
async fn rotated_refresh_token_stays_used_after_a_restart() {
    let org = Comercial::new().await;
    let old = org.tokens().await.refresh_token.unwrap();
    let new = org.refresh(&old).await.unwrap().unwrap();
    let node = org.another_node().await;
    assert_eq!(refused(node.refresh(&old).await), REPLAYED);
    assert_eq!(
        refused(node.refresh(&new.refresh_token.unwrap()).await),
        DEAD
    );
}

#[tokio::test]
async fn of_fifty_uses_of_a_refresh_token_at_once_exactly_one_succeeds() {
    let org = Comercial::new().await;
    let node = org.another_node().await;
    let token = org.tokens().await.refresh_token.unwrap();
    let mut uses = tokio::task::JoinSet::new();
    for n in 0..50 {
        let world = if n % 2 == 0 { &org.world } else { &node.world };
        let (service, moment) = (world.service.clone(), world.moment.clone());
        let (server, body) = (org.server.clone(), refreshing(&token));
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
async fn nothing_is_issued_behind_the_back_of_a_revocation() {
    let org = Comercial::new().await;
    for _ in 0..20 {
        let token = org.tokens().await.refresh_token.unwrap();
        let (bought, ()) = tokio::join!(org.refresh(&token), org.revoke(&token));
        if let Ok(tokens) = bought.unwrap() {
            assert!(!org.is_live(&tokens.access_token).await);
        }
    }
}

#[tokio::test]
async fn refresh_token_is_bound_to_its_client_and_organization() {
    let org = Comercial::new().await;
    let token = org.tokens().await.refresh_token.unwrap();
    let other = refreshing(&token)
        .replace("client_id=app", "client_id=other")
        .replace(SECRET, OTHER_SECRET);
    assert_eq!(refused(org.exchange(&other).await), DEAD);
    let industrial = Comercial::of(org.world.another_node().await, "industrial");
    assert_eq!(refused(industrial.refresh(&token).await), DEAD);
    assert!(org.refresh(&token).await.unwrap().is_ok());
}

#[tokio::test]
async fn refresh_buys_no_wider_scope() {
    let org = Comercial::new().await;
    let token = org.tokens().await.refresh_token.unwrap();
    let wider = format!("{}&scope=public_profile+admin", refreshing(&token));
    assert_eq!(
        refused(org.exchange(&wider).await),
        ("invalid_scope", "oauth.scope_wider")
    );
    let same = format!("{}&scope=public_profile", refreshing(&token));
    assert_eq!(
        org.exchange(&same).await.unwrap().unwrap().scope,
        "public_profile"
    );
}

#[tokio::test]
async fn family_dies_with_the_session_and_with_the_persons_right_to_sign_in() {
    let org = Comercial::new().await;
    let session = org.sign_in().await;
    let code = org.code(&session).await;
    let tokens = org.redeem(&code).await.unwrap().unwrap();
    org.sign_out(&session).await;
    assert!(!org.is_live(&tokens.access_token).await);
    assert_eq!(
        refused(org.refresh(&tokens.refresh_token.unwrap()).await),
        DEAD
    );
    let tokens = org.tokens().await;
    org.disable().await;
    assert!(!org.is_live(&tokens.access_token).await);
    assert_eq!(
        refused(org.refresh(&tokens.refresh_token.unwrap()).await),
        DEAD
    );
}

#[tokio::test]
async fn access_token_lives_an_hour_and_the_family_as_long_as_the_session_may() {
    let mut org = Comercial::new().await;
    let tokens = org.tokens().await;
    org.world.pass(3599);
    assert!(org.is_live(&tokens.access_token).await);
    org.world.pass(1);
    assert!(!org.is_live(&tokens.access_token).await);
    let token = tokens.refresh_token.unwrap();
    org.world.pass(7 * 3600 - 1);
    let token = org.refresh(&token).await.unwrap().unwrap().refresh_token;
    org.world.pass(1);
    assert_eq!(refused(org.refresh(&token.unwrap()).await), DEAD);
}
