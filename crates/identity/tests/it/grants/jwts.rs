use super::Comercial;
use crate::support::{code, ok};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity::applications::JwtClient;
use identity::error::Answer;
use identity::grants::jwt::JwtUser;
use identity::login::Session;

impl Comercial {
    async fn client(&self, id: &str) -> JwtClient {
        ok(self
            .service()
            .jwt_client(&self.server.organization, id)
            .await)
    }

    pub(crate) async fn issue(&self, session: &Session) -> String {
        let client = self.client("30251233").await;
        let (moment, organization) = (&self.world.moment, &self.server.organization);
        let issued = self.service();
        ok(issued
            .issue_jwt(moment, organization, (&client, session))
            .await)
    }

    pub(crate) async fn user_of(&self, application: &str, token: &str) -> Answer<JwtUser> {
        let client = self.client(application).await;
        let (moment, organization) = (&self.world.moment, &self.server.organization);
        let asked = self.service();
        asked.jwt_user(moment, organization, (&client, token)).await
    }

    pub(crate) async fn renew(&self, application: &str, ticket: &str) -> Answer<String> {
        let client = self.client(application).await;
        let (moment, organization) = (&self.world.moment, &self.server.organization);
        let asked = self.service();
        asked
            .renew_jwt(moment, organization, (&client, ticket))
            .await
    }
}

pub(crate) fn claims(token: &str) -> serde_json::Value {
    let payload = URL_SAFE_NO_PAD
        .decode(token.split('.').nth(1).unwrap())
        .unwrap();
    serde_json::from_slice(&payload).unwrap()
}

pub(crate) fn ticket(token: &str) -> String {
    claims(token)["renewTicketValue"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn token_holds_the_claims_of_the_document_in_their_order() {
    let org = Comercial::new().await;
    let token = org.issue(&org.sign_in().await).await;
    let claims = claims(&token);
    let names: Vec<_> = claims.as_object().unwrap().keys().collect();
    let printed = [
        "iss",
        "iat",
        "sub",
        "jti",
        "name",
        "email",
        "renewTicketValue",
        "exp",
        "alg",
    ];
    assert_eq!(names, printed);
    assert_eq!(
        claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
        900
    );
    assert_eq!(claims["email"], "ana.souza@example.com");
    let ticket = ticket(&token);
    assert_eq!(ticket.len(), 70);
    assert!(
        ticket
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
    );
    assert_eq!(ok(org.user_of("30251233", &token).await).name, "Ana Souza");
}

#[tokio::test]
async fn token_is_refused_once_it_is_over_or_somebody_elses() {
    let mut org = Comercial::new().await;
    let token = org.issue(&org.sign_in().await).await;
    assert!(org.user_of("30251233", &token).await.unwrap().is_ok());
    assert_eq!(code(org.user_of("30251234", &token).await), "jwt.sig");
    // The other organization's application has the same identifier and secret.
    let industrial = Comercial::of(org.world.another_node().await, "industrial");
    assert_eq!(
        code(industrial.user_of("30251233", &token).await),
        "jwt.iss"
    );
    org.world.pass(899);
    assert!(org.user_of("30251233", &token).await.unwrap().is_ok());
    org.world.pass(1);
    assert_eq!(code(org.user_of("30251233", &token).await), "jwt.claim");
}

#[tokio::test]
async fn token_and_ticket_die_by_revocation_logout_and_disabling() {
    let org = Comercial::new().await;
    let session = org.sign_in().await;
    let (revoked, token) = (org.issue(&session).await, org.issue(&session).await);
    let client = org.client("30251233").await;
    let (moment, organization) = (&org.world.moment, &org.server.organization);
    let asked = org.service();
    ok(asked
        .revoke_jwt(moment, organization, (&client, &revoked))
        .await);
    assert_eq!(
        code(org.user_of("30251233", &revoked).await),
        "token.invalid"
    );
    assert_eq!(
        code(org.renew("30251233", &ticket(&revoked)).await),
        "ticket.invalid"
    );
    assert!(org.user_of("30251233", &token).await.unwrap().is_ok());
    org.sign_out(&session).await;
    assert_eq!(code(org.user_of("30251233", &token).await), "token.invalid");
    assert_eq!(
        code(org.renew("30251233", &ticket(&token)).await),
        "ticket.invalid"
    );
    let token = org.issue(&org.sign_in().await).await;
    org.disable().await;
    assert_eq!(code(org.user_of("30251233", &token).await), "token.invalid");
}

#[tokio::test]
async fn ticket_buys_one_token_and_its_second_use_ends_everything() {
    let mut org = Comercial::new().await;
    let first = org.issue(&org.sign_in().await).await;
    assert_eq!(
        code(org.renew("30251234", &ticket(&first)).await),
        "ticket.invalid"
    );
    let second = ok(org.renew("30251233", &ticket(&first)).await);
    assert!(org.user_of("30251233", &second).await.unwrap().is_ok());
    let node = org.another_node().await;
    assert_eq!(
        code(node.renew("30251233", &ticket(&first)).await),
        "ticket.replayed"
    );
    // Another node ended it: known here within a second.
    org.world.pass(1);
    assert_eq!(
        code(org.user_of("30251233", &second).await),
        "token.invalid"
    );
    assert_eq!(
        code(org.renew("30251233", &ticket(&second)).await),
        "ticket.invalid"
    );
}

#[tokio::test]
async fn of_fifty_uses_of_a_ticket_at_once_exactly_one_succeeds() {
    let org = Comercial::new().await;
    let ticket = ticket(&org.issue(&org.sign_in().await).await);
    let mut uses = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (service, moment) = (org.world.service.clone(), org.world.moment.clone());
        let (client, ticket) = (org.client("30251233").await, ticket.clone());
        uses.spawn(async move {
            let asked = service.renew_jwt(&moment, "comercial", (&client, &ticket));
            asked.await.unwrap().is_ok()
        });
    }
    let bought = uses.join_all().await.into_iter().filter(|bought| *bought);
    assert_eq!(bought.count(), 1);
}
