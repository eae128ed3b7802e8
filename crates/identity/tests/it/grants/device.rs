use super::{Comercial, SECRET, refused};
use crate::support::{code, ok};
use identity::error::Answer;
use identity::grants::device::Asking;
use identity::grants::exchange::Exchanged;
use identity::guard;
use identity::login::Session;
use oauth::device::DeviceResponse;
use oauth::token::TokenResponse;

const PAGE: &str = "https://comercial.sso.example.com/device";
const PENDING: (&str, &str) = ("authorization_pending", "oauth.device_pending");
const TOO_FAST: (&str, &str) = ("slow_down", "oauth.device_too_fast");
const UNKNOWN: (&str, &str) = ("invalid_grant", "oauth.device_code");

impl Comercial {
    async fn begin(&self, client: &str) -> Exchanged<DeviceResponse> {
        let body = format!("{client}&scope=openid");
        let asked = (None, body.as_str(), PAGE);
        let (moment, server) = (&self.world.moment, &self.server);
        self.service().authorize_device(moment, server, asked).await
    }

    async fn tv(&self) -> DeviceResponse {
        self.begin("client_id=tv").await.unwrap().unwrap()
    }

    async fn asking(&self, session: &Session, typed: &str) -> Answer<Asking> {
        let (moment, server) = (&self.world.moment, &self.server);
        let asked = (session, typed);
        self.service().device_asking(moment, server, asked).await
    }

    async fn decide(&self, session: &Session, typed: &str, approved: bool) -> Answer<Asking> {
        let (moment, server) = (&self.world.moment, &self.server);
        let decided = (session, typed, approved);
        self.service().decide_device(moment, server, decided).await
    }

    async fn poll(&self, client: &str, codes: &DeviceResponse) -> Exchanged<TokenResponse> {
        self.exchange(&polling(client, codes)).await
    }
}

fn polling(client: &str, codes: &DeviceResponse) -> String {
    format!(
        "{client}&grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code={}",
        codes.device_code
    )
}

/// A device whose code was approved.
pub(crate) struct Approved(DeviceResponse);

pub(crate) async fn approved(org: &Comercial) -> Approved {
    let_in_by(org, &org.sign_in().await).await
}

/// A device that somebody let in who has that session.
pub(super) async fn let_in_by(org: &Comercial, session: &Session) -> Approved {
    let codes = org.tv().await;
    ok(org.decide(session, &codes.user_code, true).await);
    let again = org.decide(session, &codes.user_code, false).await;
    assert_eq!(code(again), "device.decided");
    Approved(codes)
}

impl Approved {
    /// Whether asking so many seconds later buys tokens.
    pub(crate) async fn poll(&self, org: &Comercial, later: i64) -> bool {
        let mut moment = org.world.moment.clone();
        moment.now += jiff::SignedDuration::from_secs(later);
        let body = polling("client_id=tv", &self.0);
        let asked = (None, None, body.as_str());
        let asked = org.service().exchange(&moment, &org.server, asked).await;
        asked.unwrap().is_ok()
    }
}

#[tokio::test]
async fn approved_device_gets_tokens_once_and_their_second_asking_ends_them() {
    let mut org = Comercial::new().await;
    let codes = org.tv().await;
    assert_eq!(codes.verification_uri, PAGE);
    assert_eq!((codes.expires_in, codes.interval), (600, 5));
    let session = org.sign_in().await;
    assert_eq!(refused(org.poll("client_id=tv", &codes).await), PENDING);
    let typed = codes.user_code.to_lowercase().replace('-', " ");
    assert_eq!(ok(org.asking(&session, &typed).await).application, "The tv");
    ok(org.decide(&session, &typed, true).await);
    org.world.pass(5);
    let tokens = org.poll("client_id=tv", &codes).await.unwrap().unwrap();
    assert!(tokens.id_token.is_some() && tokens.refresh_token.is_some());
    org.world.pass(5);
    let claims = async |org: &Comercial| {
        let (moment, server) = (&org.world.moment, &org.server);
        let asked = org.service();
        asked.claims(moment, server, &tokens.access_token).await
    };
    assert!(claims(&org).await.unwrap().is_ok());
    let again = refused(org.poll("client_id=tv", &codes).await);
    assert_eq!(again, ("invalid_grant", "oauth.device_replayed"));
    assert_eq!(code(claims(&org).await), "token.invalid");
    assert_eq!(
        org.world.events("comercial", "device.approved").await.len(),
        1
    );
}

#[tokio::test]
async fn asking_for_codes_and_polling_write_no_row() {
    let org = Comercial::new().await;
    org.tv().await;
    let before = org.world.database();
    for _ in 0..10 {
        let codes = org.tv().await;
        let _ = org.poll("client_id=tv", &codes).await;
    }
    assert_eq!(org.world.database(), before);
}

#[tokio::test]
async fn of_fifty_askings_at_once_and_after_a_restart_exactly_one_gets_tokens() {
    let org = Comercial::new().await;
    let node = org.another_node().await;
    let codes = org.tv().await;
    ok(org
        .decide(&org.sign_in().await, &codes.user_code, true)
        .await);
    let mut uses = tokio::task::JoinSet::new();
    for n in 0..50 {
        let world = if n % 2 == 0 { &org.world } else { &node.world };
        let (service, mut moment) = (world.service.clone(), world.moment.clone());
        // Each as late as the device has to wait for it.
        moment.now += jiff::SignedDuration::from_secs(5 * n);
        let (server, body) = (org.server.clone(), polling("client_id=tv", &codes));
        uses.spawn(async move {
            let asked = (None, None, body.as_str());
            service.exchange(&moment, &server, asked).await.unwrap()
        });
    }
    let answers = uses.join_all().await;
    let bought = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(bought, 1);
    let restarted = org.another_node().await;
    let again = refused(restarted.poll("client_id=tv", &codes).await);
    assert_eq!(again, ("invalid_grant", "oauth.device_replayed"));
}

#[tokio::test(flavor = "current_thread")]
async fn each_guard_of_a_device_code_refuses_by_itself() {
    let mut org = Comercial::new().await;
    let session = org.sign_in().await;
    let approved = async |org: &Comercial| {
        let codes = org.tv().await;
        ok(org.decide(&session, &codes.user_code, true).await);
        codes
    };
    // Another client's code (security: O11).
    let codes = approved(&org).await;
    assert_eq!(refused(org.poll("client_id=kiosk", &codes).await), UNKNOWN);
    let off = guard::off("oauth.device_code");
    assert!(org.poll("client_id=kiosk", &codes).await.unwrap().is_ok());
    drop(off);
    // Too fast.
    let codes = org.tv().await;
    assert_eq!(refused(org.poll("client_id=tv", &codes).await), PENDING);
    assert_eq!(refused(org.poll("client_id=tv", &codes).await), TOO_FAST);
    let off = guard::off("oauth.device_too_fast");
    assert_eq!(refused(org.poll("client_id=tv", &codes).await), PENDING);
    drop(off);
    // The person said no.
    ok(org.decide(&session, &codes.user_code, false).await);
    org.world.pass(60);
    let denied = ("access_denied", "oauth.device_denied");
    assert_eq!(refused(org.poll("client_id=tv", &codes).await), denied);
    let off = guard::off("oauth.device_denied");
    org.world.pass(60);
    assert!(org.poll("client_id=tv", &codes).await.unwrap().is_ok());
    drop(off);
    // Too old.
    let codes = approved(&org).await;
    org.world.pass(600);
    let over = ("expired_token", "oauth.device_expired");
    assert_eq!(refused(org.poll("client_id=tv", &codes).await), over);
    let off = guard::off("oauth.device_expired");
    assert!(org.poll("client_id=tv", &codes).await.unwrap().is_ok());
    drop(off);
    // Used before: without the guard it buys again, and with it that ends.
    let codes = approved(&org).await;
    assert!(org.poll("client_id=tv", &codes).await.unwrap().is_ok());
    org.world.pass(60);
    let off = guard::off("oauth.device_replayed");
    assert!(org.poll("client_id=tv", &codes).await.unwrap().is_ok());
    drop(off);
    org.world.pass(60);
    let replayed = ("invalid_grant", "oauth.device_replayed");
    assert_eq!(refused(org.poll("client_id=tv", &codes).await), replayed);
    // A client that may not.
    let app = format!("client_id=app&client_secret={SECRET}");
    let may_not = ("unauthorized_client", "oauth.device_off");
    assert_eq!(refused(org.begin(&app).await), may_not);
    let off = guard::off("oauth.device_off");
    assert!(org.begin(&app).await.unwrap().is_ok());
    drop(off);
}

#[tokio::test]
async fn user_code_is_good_for_its_time_once_and_for_nobody_elses_device() {
    let mut org = Comercial::new().await;
    let session = org.sign_in().await;
    let codes = org.tv().await;
    let mut wrong = codes.user_code.clone();
    let last = if wrong.ends_with('B') { "C" } else { "B" };
    wrong.replace_range(wrong.len() - 1.., last);
    assert_eq!(code(org.asking(&session, &wrong).await), "device.user_code");
    let off = guard::off("device.user_code");
    assert!(org.asking(&session, &wrong).await.unwrap().is_ok());
    drop(off);
    // The same application in another organization.
    let industrial = Comercial::of(org.world.another_node().await, "industrial");
    let there = industrial.sign_in().await;
    let asked = industrial.asking(&there, &codes.user_code).await;
    assert_eq!(code(asked), "device.user_code");
    assert_eq!(
        refused(industrial.poll("client_id=tv", &codes).await),
        UNKNOWN
    );
    ok(org.decide(&session, &codes.user_code, false).await);
    let second = org.decide(&session, &codes.user_code, true).await;
    assert_eq!(code(second), "device.decided");
    let old = org.tv().await;
    org.world.pass(901);
    let late = org.asking(&org.sign_in().await, &old.user_code).await;
    assert_eq!(code(late), "device.user_code");
}

#[tokio::test]
async fn after_eight_wrong_codes_the_person_waits() {
    let mut org = Comercial::new().await;
    let session = org.sign_in().await;
    let codes = org.tv().await;
    for _ in 0..8 {
        let wrong = org.asking(&session, "BBBB-BBBB-BBBB").await;
        assert_eq!(code(wrong), "device.user_code");
    }
    let right = org.asking(&session, &codes.user_code).await;
    assert_eq!(code(right), "device.throttled");
    let off = guard::off("device.throttled");
    assert!(
        org.asking(&session, &codes.user_code)
            .await
            .unwrap()
            .is_ok()
    );
    drop(off);
    org.world.pass(600);
    let fresh = org.tv().await;
    assert!(
        org.asking(&session, &fresh.user_code)
            .await
            .unwrap()
            .is_ok()
    );
}

#[tokio::test]
async fn approval_dies_with_the_session_that_gave_it() {
    let org = Comercial::new().await;
    let session = org.sign_in().await;
    let codes = org.tv().await;
    ok(org.decide(&session, &codes.user_code, true).await);
    org.sign_out(&session).await;
    let dead = ("invalid_grant", "oauth.device_session");
    assert_eq!(refused(org.poll("client_id=tv", &codes).await), dead);
}
