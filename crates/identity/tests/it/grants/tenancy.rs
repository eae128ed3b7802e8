//! Two organizations with the same applications, the same secrets and people of the same names: what one gave out, brought to the
//! other. Each question is first asked by the other, in vain, and then at home, where it finds what it is about.

use super::device::approved;
use super::jwts::ticket;
use super::{Comercial, SECRET};
use crate::support::World;
use identity::login::{NextStep, Session};
use identity::people::{OpenSession, Purpose};
use oauth::introspect::Introspection;

const BROWSER: &str = "the cookie of a browser";

/// An organization and its twin, on one store.
struct Twins {
    home: Comercial,
    away: Comercial,
}

impl Twins {
    async fn new() -> Self {
        let home = Comercial::in_world(World::new().await).await;
        let away = Comercial::of(home.world.another_node().await, "industrial");
        Self { home, away }
    }

    async fn asks(&self, what: &str, question: impl AsyncFn(&Comercial) -> bool) {
        assert!(!question(&self.away).await, "{what}: elsewhere");
        assert!(question(&self.home).await, "{what}: at home, the control");
    }
}

impl Comercial {
    async fn introspects(&self, token: &str) -> bool {
        let body = format!("client_id=app&client_secret={SECRET}&token={token}");
        let (moment, server) = (&self.world.moment, &self.server);
        let asked = (None, None, body.as_str());
        let answer = self.service().introspect(moment, server, asked).await;
        matches!(answer.unwrap().unwrap(), Introspection::Active(_))
    }

    async fn sessions(&self, session: &Session) -> Vec<OpenSession> {
        let (moment, idp) = (&self.world.moment, &self.idp);
        let found = self.service().sessions_of(moment, idp, session);
        found.await.unwrap()
    }

    async fn hands_out_jwt(&self, session: &Session) -> bool {
        let (moment, organization) = (&self.world.moment, &self.server.organization);
        let client = self.service().jwt_client(organization, "30251233");
        let client = client.await.unwrap().unwrap();
        let issued = self.service();
        let issued = issued.issue_jwt(moment, organization, (&client, session));
        issued.await.unwrap().is_ok()
    }

    async fn revokes_jwt(&self, token: &str) -> bool {
        let (moment, organization) = (&self.world.moment, &self.server.organization);
        let client = self.service().jwt_client(organization, "30251233");
        let client = client.await.unwrap().unwrap();
        let revoked = self.service();
        let revoked = revoked.revoke_jwt(moment, organization, (&client, token));
        revoked.await.unwrap().is_ok()
    }
}

#[tokio::test]
async fn what_applications_hold_of_one_organization_is_nothing_to_its_twin() {
    let twins = Twins::new().await;
    let session = twins.home.sign_in().await;

    let access = twins.home.tokens().await.access_token;
    twins
        .asks("access token", async |org: &Comercial| {
            org.is_live(&access).await
        })
        .await;
    twins
        .asks("introspection", async |org: &Comercial| {
            org.introspects(&access).await
        })
        .await;
    twins.away.revoke(&access).await;
    assert!(
        twins.home.is_live(&access).await,
        "revoked by the twin only"
    );
    let openid = twins.home.openid_tokens(&session).await.access_token;
    twins
        .asks("claims", async |org: &Comercial| {
            let (moment, server) = (&org.world.moment, &org.server);
            org.service()
                .claims(moment, server, &openid)
                .await
                .unwrap()
                .is_ok()
        })
        .await;

    let code = twins.home.code(&session).await;
    twins
        .asks("code", async |org: &Comercial| {
            org.redeem(&code).await.unwrap().is_ok()
        })
        .await;
    let refresh = twins.home.tokens().await.refresh_token.unwrap();
    twins
        .asks("refresh token", async |org: &Comercial| {
            org.refresh(&refresh).await.unwrap().is_ok()
        })
        .await;
    let device = approved(&twins.home).await;
    twins
        .asks("device code", async |org: &Comercial| {
            device.poll(org, 0).await
        })
        .await;

    let jwt = twins.home.issue(&session).await;
    twins
        .asks("JWT", async |org: &Comercial| {
            org.user_of("30251233", &jwt).await.unwrap().is_ok()
        })
        .await;
    let renewing = ticket(&jwt);
    twins
        .asks("renewTicketValue", async |org: &Comercial| {
            org.renew("30251233", &renewing).await.unwrap().is_ok()
        })
        .await;
    let jwt = twins.home.issue(&session).await;
    twins
        .asks("revocation of a JWT", async |org: &Comercial| {
            org.revokes_jwt(&jwt).await
        })
        .await;
}

#[tokio::test]
async fn session_of_one_organization_opens_nothing_at_its_twin() {
    let twins = Twins::new().await;
    let session = twins.home.sign_in().await;
    twins
        .asks("sessions of a person", async |org: &Comercial| {
            !org.sessions(&session).await.is_empty()
        })
        .await;
    twins
        .asks("what a person has", async |org: &Comercial| {
            let means = org.service().means_of(&org.idp, &session).await;
            means.unwrap().password
        })
        .await;
    // Whatever a door of the twin may be brought to ask in the name of a session that is not its own.
    twins
        .asks("code for a session", async |org: &Comercial| {
            let code = org.code(&session).await;
            org.redeem(&code).await.unwrap().is_ok()
        })
        .await;
    twins
        .asks("JWT for a session", async |org: &Comercial| {
            org.hands_out_jwt(&session).await
        })
        .await;
    twins
        .asks("device let in by a session", async |org: &Comercial| {
            device_let_in_by(org, &session).await
        })
        .await;
    twins.away.sign_out(&session).await;
    assert!(
        !twins.home.sessions(&session).await.is_empty(),
        "signed out by the twin only"
    );
}

async fn device_let_in_by(org: &Comercial, session: &Session) -> bool {
    let device = super::device::let_in_by(org, session).await;
    device.poll(org, 0).await
}

#[tokio::test]
async fn letter_of_one_organization_lets_nobody_in_at_its_twin() {
    let twins = Twins::new().await;
    let home = &twins.home;
    let wish = (Purpose::SignIn, "ana@example.com");
    let letter = home
        .service()
        .ask_for_link(&home.world.moment, &home.idp, wish, BROWSER);
    let link = letter.await.unwrap().expect("a letter").link;
    twins
        .asks("link", async |org: &Comercial| {
            let shown = (link.as_str(), BROWSER);
            let step = org
                .service()
                .enter_by_link(&org.world.moment, &org.idp, shown)
                .await;
            matches!(step.unwrap(), NextStep::SignedIn { .. })
        })
        .await;
}

#[tokio::test]
async fn application_of_one_organization_is_unknown_to_its_twin() {
    let twins = Twins::new().await;
    twins.home.declare_only_here().await;
    let body = format!("client_id=only-here&client_secret={SECRET}&grant_type=client_credentials");
    twins
        .asks("OAuth client", async |org: &Comercial| {
            org.exchange(&body).await.unwrap().is_ok()
        })
        .await;
    twins
        .asks("JWT application", async |org: &Comercial| {
            let client = org
                .service()
                .jwt_client(&org.server.organization, "12345678");
            client.await.unwrap().is_ok()
        })
        .await;
    twins
        .asks("application on the start page", async |org: &Comercial| {
            let homes = org.service().homes(&org.idp).await.unwrap();
            homes.iter().any(|home| home.id == "12345678")
        })
        .await;
}
