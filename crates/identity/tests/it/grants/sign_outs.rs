use super::{Comercial, SECRET};
use crate::support::{code, ok};
use futures_util::future::BoxFuture;
use identity::error::Answer;
use identity::guard;
use identity::login::Session;
use identity::logout::back_channel::{Messenger, NotTold};
use identity::logout::parting::{Outcome, Parting};
use identity::logout::relying_party::{EndSession, Leaving};
use std::sync::Mutex;

const BYE: &str = "https://app.example.com/bye";

impl Comercial {
    async fn end_session(&self, query: &str, session: Option<&Session>) -> Answer<EndSession> {
        let (moment, server) = (&self.world.moment, &self.server);
        let asked = (query, session);
        self.service().end_session(moment, server, asked).await
    }

    async fn partings(&self, session: &Session) -> Vec<Parting> {
        let partings = self.service().partings(&self.idp, &session.id);
        partings.await.unwrap()
    }

    /// Whether the one application knows.
    async fn told(&self, session: &Session) -> bool {
        let partings = self.partings(session).await;
        assert_eq!(partings.len(), 1, "{partings:?}");
        partings[0].outcome == Outcome::Told
    }
}

#[tokio::test]
async fn only_an_id_token_of_this_session_makes_a_question_needless() {
    let org = Comercial::new().await;
    let session = org.sign_in().await;
    let hint = org.openid_tokens(&session).await.id_token.unwrap();
    let query = format!("id_token_hint={hint}&post_logout_redirect_uri={BYE}&state=s+1");
    let asked = ok(org.end_session(&query, Some(&session)).await);
    assert_eq!(
        asked,
        EndSession {
            application: Some("Portal".into()),
            vouched: true,
            back_to: Some(format!("{BYE}?state=s%201")),
        }
    );
    let later = org.sign_in().await;
    assert!(!ok(org.end_session(&query, Some(&later)).await).vouched);
    assert!(!ok(org.end_session(&query, None).await).vouched);
    let named = format!("client_id=portal&post_logout_redirect_uri={BYE}");
    let asked = ok(org.end_session(&named, Some(&session)).await);
    assert_eq!(
        (asked.vouched, asked.back_to.as_deref()),
        (false, Some(BYE))
    );
    let bare = ok(org.end_session("", Some(&session)).await);
    assert_eq!((bare.vouched, bare.application), (false, None));
}

#[tokio::test]
async fn nobody_is_sent_to_an_address_that_is_not_registered_for_whoever_asks() {
    let org = Comercial::new().await;
    let session = org.sign_in().await;
    let hint = org.openid_tokens(&session).await.id_token.unwrap();
    let to = |address: &str| format!("id_token_hint={hint}&post_logout_redirect_uri={address}");
    assert!(org.end_session(&to(BYE), None).await.unwrap().is_ok());
    for query in [
        to("https://evil.example.com/"),
        to("https://app.example.com/bye/"),
        to("https://app.example.com/bye?x=1"),
        to("https://APP.example.com/bye"),
        to("javascript:alert(1)"),
        // Registered, but for codes; by another application; by nobody in particular.
        to("https://app.example.com/code"),
        format!("client_id=app&post_logout_redirect_uri={BYE}"),
        format!("post_logout_redirect_uri={BYE}"),
    ] {
        let refused = code(org.end_session(&query, None).await);
        assert_eq!(refused, "oauth.post_logout_redirect_uri", "{query}");
        let off = guard::off("oauth.post_logout_redirect_uri");
        assert!(org.end_session(&query, None).await.unwrap().is_ok());
        drop(off);
    }
    let differs = format!("id_token_hint={hint}&client_id=app");
    let refused = code(org.end_session(&differs, None).await);
    assert_eq!(refused, "oauth.client_differs");
    let off = guard::off("oauth.client_differs");
    assert!(org.end_session(&differs, None).await.unwrap().is_ok());
    drop(off);
    let refused = code(org.end_session("client_id=nobody", None).await);
    assert_eq!(refused, "application.unknown");
    let forged = format!("id_token_hint={}x", &hint[..hint.len() - 1]);
    assert!(org.end_session(&forged, None).await.unwrap().is_err());
    // The same application of another organization.
    let industrial = Comercial::of(org.world.another_node().await, "industrial");
    let elsewhere = industrial.end_session(&to(BYE), None).await;
    assert_eq!(code(elsewhere), "jwt.kid");
}

#[tokio::test]
async fn sign_out_under_way_is_kept_by_the_browser_of_one_organization_for_a_while() {
    let mut org = Comercial::new().await;
    let leaving = Leaving {
        session: "s".into(),
        back_to: Some(BYE.into()),
    };
    let sealed = org
        .service()
        .leave(&org.world.moment, &org.server, &leaving);
    let left =
        |org: &Comercial, sealed: &str| org.service().left(&org.world.moment, &org.server, sealed);
    assert_eq!(left(&org, &sealed), Some(leaving));
    assert_eq!(left(&org, &sealed[1..]), None);
    let industrial = Comercial::of(org.world.another_node().await, "industrial");
    assert_eq!(left(&industrial, &sealed), None);
    org.world.pass(600);
    assert_eq!(left(&org, &sealed), None);
}

/// Applications that answer what the test wants.
struct Mailbox {
    answer: Mutex<Result<(), NotTold>>,
    posted: Mutex<Vec<(String, String)>>,
}

impl Mailbox {
    fn answering(answer: Result<(), NotTold>) -> Self {
        Self {
            answer: Mutex::new(answer),
            posted: Mutex::default(),
        }
    }

    fn posted(&self) -> Vec<(String, String)> {
        self.posted.lock().unwrap().clone()
    }
}

impl Messenger for Mailbox {
    fn post<'a>(&'a self, url: &'a str, token: &'a str) -> BoxFuture<'a, Result<(), NotTold>> {
        let letter = (url.to_owned(), token.to_owned());
        self.posted.lock().unwrap().push(letter);
        let answer = *self.answer.lock().unwrap();
        Box::pin(async move { answer })
    }
}

fn claims(token: &str) -> serde_json::Value {
    use base64::Engine;
    let part = token.split('.').nth(1).unwrap();
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    serde_json::from_slice(&engine.decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn application_is_told_of_the_session_that_ended_and_of_no_other() {
    let org = Comercial::new().await;
    let (ended, kept) = (org.sign_in().await, org.sign_in().await);
    for session in [&ended, &kept] {
        org.openid_tokens(session).await;
    }
    // Without `openid` an application knows no session.
    let code = org.code(&ended).await;
    org.redeem(&code).await.unwrap().unwrap();
    org.sign_out(&ended).await;
    let mailbox = Mailbox::answering(Ok(()));
    let (moment, server) = (&org.world.moment, &org.server);
    let told = org.service();
    told.tell_of_logout(moment, server, (&mailbox, &ended.id))
        .await
        .unwrap();
    let [(url, token)] = &mailbox.posted()[..] else {
        panic!("one letter")
    };
    assert_eq!(url, "https://app.example.com/logged-out");
    let claims = claims(token);
    let said = |name: &str| claims[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        (said("sid"), said("sub"), said("aud")),
        (ended.id.clone(), ended.user.clone(), "portal".to_owned())
    );
    assert_eq!(
        claims["events"].to_string(),
        r#"{"http://schemas.openid.net/event/backchannel-logout":{}}"#
    );
    assert!(claims["nonce"].is_null() && !said("jti").is_empty());
    let known = Parting {
        application: "Portal".into(),
        outcome: Outcome::Told,
    };
    assert_eq!(org.partings(&ended).await[0], known);
    assert!(!org.told(&kept).await);
    let industrial = Comercial::of(org.world.another_node().await, "industrial");
    assert_eq!(industrial.partings(&ended).await, []);
}

/// Every question and every change about logout notices, for whichever database `org` has.
pub(super) async fn everybody_is_told(org: &Comercial) {
    let sessions = [org.sign_in().await, org.sign_in().await];
    for session in &sessions {
        org.openid_tokens(session).await;
        org.sign_out(session).await;
    }
    let mailbox = Mailbox::answering(Ok(()));
    let (moment, server) = (&org.world.moment, &org.server);
    let told = org.service();
    told.tell_of_logout(moment, server, (&mailbox, &sessions[0].id))
        .await
        .unwrap();
    let again = told.tell_again_of_logouts(moment, server, &mailbox).await;
    assert_eq!(again.unwrap(), 1);
    for session in &sessions {
        assert!(org.told(session).await);
    }
}

#[tokio::test]
async fn application_that_was_not_reached_is_told_later_by_one_node() {
    let mut org = Comercial::new().await;
    let session = org.sign_in().await;
    org.openid_tokens(&session).await;
    org.sign_out(&session).await;
    let mailbox = Mailbox::answering(Err(NotTold::NoAnswer));
    let told = org.service();
    told.tell_of_logout(&org.world.moment, &org.server, (&mailbox, &session.id))
        .await
        .unwrap();
    assert!(!org.told(&session).await);
    let again = async |org: &Comercial, mailbox: &Mailbox| {
        let (moment, server) = (&org.world.moment, &org.server);
        let told = org.service();
        told.tell_again_of_logouts(moment, server, mailbox)
            .await
            .unwrap();
    };
    again(&org, &mailbox).await;
    assert_eq!(mailbox.posted().len(), 1, "not before its turn");
    org.world.pass(15);
    *mailbox.answer.lock().unwrap() = Ok(());
    let node = org.another_node().await;
    tokio::join!(again(&org, &mailbox), again(&node, &mailbox));
    let letters = mailbox.posted();
    assert_eq!(letters.len(), 2, "of two nodes one has the turn");
    let ids: Vec<_> = letters
        .iter()
        .map(|(_, token)| claims(token)["jti"].clone())
        .collect();
    assert_ne!(ids[0], ids[1], "each token is used once");
    assert!(org.told(&session).await);
    org.world.pass(3600);
    again(&org, &mailbox).await;
    assert_eq!(mailbox.posted().len(), 2);
}

#[tokio::test]
async fn whoever_may_no_longer_sign_in_is_signed_out_of_applications_too() {
    let org = Comercial::new().await;
    let session = org.sign_in().await;
    let tokens = org.openid_tokens(&session).await;
    org.disable().await;
    let mailbox = Mailbox::answering(Ok(()));
    let (moment, server) = (&org.world.moment, &org.server);
    let told = org.service();
    told.tell_again_of_logouts(moment, server, &mailbox)
        .await
        .unwrap();
    assert_eq!(mailbox.posted().len(), 1);
    let body = format!(
        "client_id=portal&client_secret={SECRET}&grant_type=refresh_token&refresh_token={}",
        tokens.refresh_token.unwrap()
    );
    assert!(org.exchange(&body).await.unwrap().is_err());
}

#[tokio::test]
async fn page_that_signs_people_out_is_visited_unless_its_application_is_told_directly() {
    let org = Comercial::new().await;
    let session = org.sign_in().await;
    org.redeem(&org.code(&session).await)
        .await
        .unwrap()
        .unwrap();
    org.openid_tokens(&session).await;
    let kept = org.sign_in().await;
    org.redeem(&org.code(&kept).await).await.unwrap().unwrap();
    org.sign_out(&session).await;
    let parting = |application: &str, outcome| Parting {
        application: application.into(),
        outcome,
    };
    let page = || Outcome::Called("https://app.example.com/logout?of=app".into());
    assert_eq!(
        org.partings(&session).await,
        [parting("Portal", Outcome::NotYet), parting("app", page())]
    );
    assert_eq!(org.partings(&kept).await, [parting("app", page())]);
}
