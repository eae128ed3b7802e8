//! Signing out, metadata, heartbeat.

use super::signed_in;
use crate::support::sign_on::redeem;
use crate::support::{Browser, Call, GRID, PING, TestServer};

#[tokio::test]
async fn our_own_sign_out_page_ends_the_tokens_too() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let page = signed_in(&mut browser).await;
    let token = redeem(&server, &page.field("SAMLResponse").unwrap(), "67890")
        .await
        .data();
    let opens = || Call::get(GRID, "/api/v3/org/config").bearer(&token);
    assert_eq!(server.answer(opens()).await.status, 200);
    let page = browser
        .get(&format!("https://{PING}/idp/startSLO.ping"))
        .await;
    let page = browser.follow(page).await;
    assert!(
        page.body().contains("You are signed out"),
        "{}",
        page.answer
    );
    assert_eq!(server.answer(opens()).await.status, 401);
    let form = super::at_the_form(&mut browser).await;
    assert!(form.field("pf.pass").is_some());
}

#[tokio::test]
async fn a_page_of_somebody_else_cannot_sign_anybody_out() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let page = signed_in(&mut browser).await;
    let token = redeem(&server, &page.field("SAMLResponse").unwrap(), "67890")
        .await
        .data();
    let opens = || Call::get(GRID, "/api/v3/org/config").bearer(&token);
    let linked = Call::get(PING, "/idp/startSLO.ping").header("Sec-Fetch-Site", "cross-site");
    let cookie = format!("PF={}", browser.cookie(PING, "PF").unwrap());
    let answer = server.answer(linked.header("Cookie", &cookie)).await;
    assert!(answer.body.contains("Another page asked"), "{answer}");
    assert_eq!(server.answer(opens()).await.status, 200);
    // Typed by the person, or sent by a script: the same address ends it.
    let page = browser
        .get(&format!("https://{PING}/idp/startSLO.ping"))
        .await;
    browser.follow(page).await;
    assert_eq!(server.answer(opens()).await.status, 401);
}

#[tokio::test]
async fn a_logout_by_redirect_replaces_the_cookie_of_the_session_that_it_ended() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let page = signed_in(&mut browser).await;
    let token = redeem(&server, &page.field("SAMLResponse").unwrap(), "67890")
        .await
        .data();
    let session = browser.cookie(PING, "PF").unwrap().to_owned();
    let call = Call::new("DELETE", GRID, "/api/v3/authorize")
        .bearer(&token)
        .header("Cookie", "sso=true");
    let url = server.answer(call).await.data();
    let page = browser.get(&url).await;
    assert_eq!(page.answer.status, 302, "{}", page.answer);
    assert!(
        page.answer
            .header("location")
            .unwrap()
            .ends_with("%23rsa-sha256")
    );
    assert_ne!(browser.cookie(PING, "PF"), Some(session.as_str()));
}

#[tokio::test]
async fn metadata_and_heartbeat_stand_where_partners_look_for_them() {
    let server = TestServer::start().await;
    let answer = server
        .answer(Call::get(
            PING,
            "/pf/federation_metadata.ping?PartnerSpId=storagegrid",
        ))
        .await;
    assert!(
        answer.body.contains(r#"entityID="https://my-pf-baseurl""#),
        "{answer}"
    );
    let answer = server.answer(Call::get(PING, "/pf/heartbeat.ping")).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "OK"));
}
