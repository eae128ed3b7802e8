//! Checks of tokens that are answered from memory: never longer than the store would answer so, but for a second elsewhere.

use super::{Comercial, SECRET};
use jiff::SignedDuration;
use oauth::introspect::Introspection;

impl Comercial {
    async fn is_active(&self, token: &str) -> bool {
        let body = format!("client_id=app&client_secret={SECRET}&token={token}");
        let (moment, server) = (&self.world.moment, &self.server);
        let asked = (None, None, body.as_str());
        let asked = self.service().introspect(moment, server, asked).await;
        matches!(asked.unwrap().unwrap(), Introspection::Active(_))
    }
}

#[tokio::test]
async fn check_is_answered_from_memory_for_its_time_and_no_longer() {
    let org = Comercial::new().await;
    // More than the store may take to close: the clock has a say, too.
    let mut org = Comercial {
        world: org
            .world
            .limited(|settings| settings.token_cache = SignedDuration::from_mins(1)),
        ..org
    };
    let token = org.tokens().await.access_token;
    assert!(org.is_active(&token).await);
    org.service().store().close().await;
    assert!(org.is_active(&token).await);
    org.world.pass(60);
    let body = format!("client_id=app&client_secret={SECRET}&token={token}");
    let (moment, server) = (&org.world.moment, &org.server);
    let asked = org.service();
    let asked = asked.introspect(moment, server, (None, None, &body)).await;
    assert!(
        asked.is_err(),
        "neither active nor inactive: the store is away"
    );
}

#[tokio::test]
async fn whatever_ends_a_token_is_known_at_once_here_and_within_a_second_elsewhere() {
    type Ending = fn(&Comercial) -> futures_util::future::BoxFuture<'_, ()>;
    let endings: [(&str, Ending); 2] = [
        ("revocation", |org| {
            Box::pin(async {
                let tokens = org.tokens().await;
                assert!(org.is_active(&tokens.access_token).await);
                org.revoke(&tokens.access_token).await;
                assert!(!org.is_active(&tokens.access_token).await);
            })
        }),
        ("a second use of the refresh token", |org| {
            Box::pin(async {
                let tokens = org.tokens().await;
                let refresh = tokens.refresh_token.unwrap();
                org.refresh(&refresh).await.unwrap().unwrap();
                assert!(org.is_active(&tokens.access_token).await);
                assert!(org.refresh(&refresh).await.unwrap().is_err());
                assert!(!org.is_active(&tokens.access_token).await);
            })
        }),
    ];
    for (_, ending) in endings {
        ending(&Comercial::new().await).await;
    }
    let org = Comercial::new().await;
    let session = org.sign_in().await;
    let code = org.code(&session).await;
    let token = org.redeem(&code).await.unwrap().unwrap().access_token;
    let mut node = org.another_node().await;
    assert!(org.is_active(&token).await && node.is_active(&token).await);
    org.sign_out(&session).await;
    assert!(!org.is_active(&token).await);
    node.world.pass(1);
    assert!(!node.is_active(&token).await);
    let token = org.tokens().await.access_token;
    assert!(org.is_active(&token).await);
    org.disable().await;
    assert!(!org.is_active(&token).await);
}

#[tokio::test]
async fn without_reuse_other_nodes_know_at_once_too() {
    let org = Comercial::new().await;
    let node = org.another_node().await;
    let strict = |org: Comercial| Comercial {
        world: org
            .world
            .limited(|settings| settings.token_cache = SignedDuration::ZERO),
        ..org
    };
    let (org, node) = (strict(org), strict(node));
    let token = org.tokens().await.access_token;
    assert!(node.is_active(&token).await);
    org.revoke(&token).await;
    assert!(!node.is_active(&token).await);
}
