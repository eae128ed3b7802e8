//! What may be used once, used by fifty at the same time on two nodes of one PostgreSQL, and again after a restart. The same on
//! SQLite stands beside the rules of each.

use crate::grants::{Comercial, device, jwts};
use crate::second_factor;
use crate::support::{World, postgresql};
use identity::login::NextStep;
use identity::people::Purpose;

const BROWSER: &str = "the cookie of a browser";
const CAREFUL: &str = "mfa-user@my-domain";

/// Two nodes, and what a third finds after both are gone.
struct Nodes<'a> {
    nodes: [&'a Comercial; 2],
    restarted: &'a Comercial,
}

impl Nodes<'_> {
    /// `attempt` is made by fifty at once, and once more by the node that started later.
    async fn once(&self, what: &str, attempt: impl AsyncFn(&Comercial) -> bool) {
        let attempts = (0..50).map(|number| attempt(self.nodes[number % 2]));
        let succeeded = futures_util::future::join_all(attempts).await;
        let count = succeeded.iter().filter(|succeeded| **succeeded).count();
        assert_eq!(count, 1, "{what}: of fifty");
        assert!(!attempt(self.restarted).await, "{what}: after a restart");
    }
}

/// Runs where `TEST_DATABASE_URL` names a PostgreSQL.
#[tokio::test]
async fn on_postgresql_each_is_used_by_one_of_fifty_and_stays_used() {
    let Some(url) = postgresql("single_use").await else {
        return;
    };
    let one = Comercial::in_world(World::prepared(&url).await).await;
    one.world
        .declare(|declared| declared.organization[0].user[0].email = Some("ana@example.com".into()))
        .await;
    let other = Comercial::of(one.world.node_on(&url).await, "comercial");
    let restarted = Comercial::of(one.world.node_on(&url).await, "comercial");
    let nodes = Nodes {
        nodes: [&one, &other],
        restarted: &restarted,
    };

    let code = one.code(&one.sign_in().await).await;
    nodes
        .once("code", async |org: &Comercial| {
            org.redeem(&code).await.unwrap().is_ok()
        })
        .await;

    let code = one.code(&one.sign_in().await).await;
    let refresh = one
        .redeem(&code)
        .await
        .unwrap()
        .unwrap()
        .refresh_token
        .unwrap();
    nodes
        .once("refresh token", async |org: &Comercial| {
            org.refresh(&refresh).await.unwrap().is_ok()
        })
        .await;

    let approved = device::approved(&one).await;
    // Each asks as late as devices have to wait.
    let asked = std::sync::atomic::AtomicI64::new(0);
    nodes
        .once("device code", async |org: &Comercial| {
            let turn = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            approved.poll(org, 5 * turn).await
        })
        .await;

    let ticket = jwts::ticket(&one.issue(&one.sign_in().await).await);
    nodes
        .once("renewTicketValue", async |org: &Comercial| {
            org.renew("30251233", &ticket).await.unwrap().is_ok()
        })
        .await;

    let shown = second_factor::shown(one.world.moment.now.as_second());
    nodes
        .once("one-time code", async |org: &Comercial| {
            let step = org
                .world
                .try_sign_in(CAREFUL, "my-password", Some(&shown))
                .await;
            matches!(step, NextStep::SignedIn { .. })
        })
        .await;

    let wish = (Purpose::SignIn, "ana@example.com");
    let (service, moment, idp) = (&one.world.service, &one.world.moment, &one.world.idp);
    let letter = service.ask_for_link(moment, idp, wish, BROWSER).await;
    let link = letter.unwrap().expect("a letter").link;
    nodes
        .once("e-mailed link", async |org: &Comercial| {
            let world = &org.world;
            let shown = (link.as_str(), BROWSER);
            let step = world
                .service
                .enter_by_link(&world.moment, &world.idp, shown)
                .await;
            matches!(step.unwrap(), NextStep::SignedIn { .. })
        })
        .await;
}
