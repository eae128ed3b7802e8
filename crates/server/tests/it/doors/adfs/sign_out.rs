//! Signing out at our own page, and metadata. (The documents' logout stands with the StorageGRID door.)

use super::signed_in;
use crate::support::sign_on::redeem;
use crate::support::{ADFS, Browser, Call, GRID, TestServer};

const SIGN_OUT: &str = "https://adfs.example.com/adfs/ls/?wa=wsignout1.0";

async fn token(server: &TestServer, browser: &mut Browser<'_>) -> String {
    let page = signed_in(browser).await;
    let response = page.field("SAMLResponse").unwrap();
    redeem(server, &response, "12345").await.data()
}

async fn opens(server: &TestServer, token: &str) -> bool {
    let call = Call::get(GRID, "/api/v3/org/config").bearer(token);
    server.answer(call).await.status == 200
}

#[tokio::test]
async fn our_own_sign_out_page_ends_the_tokens_too() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let token = token(&server, &mut browser).await;
    assert!(opens(&server, &token).await);
    let session = browser.cookie(ADFS, "MSISAuth").unwrap().to_owned();
    let first = browser.get(SIGN_OUT).await;
    let participant = first.answer.header("location").unwrap();
    assert!(participant.contains("/api/saml-logout?SAMLRequest="));
    let page = browser.follow(first).await;
    assert_eq!(page.url.host_str(), Some(ADFS));
    assert!(
        page.body().contains("You are signed out"),
        "{}",
        page.answer
    );
    assert!(!opens(&server, &token).await);
    assert!(browser.cookie(ADFS, "MSISAuth").is_none());
    // The cookie was not only taken away: it is worth nothing.
    browser.set_cookie(ADFS, "MSISAuth", &session);
    let form = super::at_the_form(&mut browser).await;
    assert!(form.field("Password").is_some());
}

#[tokio::test]
async fn a_page_of_somebody_else_cannot_sign_anybody_out() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server).always("Sec-Fetch-Site", "cross-site");
    // The sign-in itself needs a post of our own.
    let mut own = Browser::new(&server);
    let token = token(&server, &mut own).await;
    browser.set_cookie(ADFS, "MSISAuth", own.cookie(ADFS, "MSISAuth").unwrap());
    let page = browser.get(SIGN_OUT).await;
    assert_eq!(page.answer.status, 200);
    assert!(
        page.body().contains("Another page asked"),
        "{}",
        page.answer
    );
    assert!(opens(&server, &token).await);
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_signed_out() {
    let server = TestServer::start().await;
    for wish in ["wsignout1.0", "wsignoutcleanup1.0"] {
        let url = format!("https://{ADFS}/adfs/ls/?wa={wish}");
        let page = Browser::new(&server).get(&url).await;
        assert!(
            page.body().contains("You are signed out"),
            "{}",
            page.answer
        );
    }
}

#[tokio::test]
async fn the_initiated_page_without_a_destination_says_who_is_signed_in() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let url = format!("https://{ADFS}/adfs/ls/IdpInitiatedSignOn.aspx");
    let form = browser.get(&url).await;
    let fields = super::credentials("ana@my-domain", TestServer::PASSWORD);
    let page = browser.submit(&form, &fields).await;
    let page = browser.follow(page).await;
    assert!(
        page.body().contains("Signed in as ana@my-domain"),
        "{}",
        page.answer
    );
    assert!(page.body().contains("/adfs/ls/?wa=wsignout1.0"));
}

#[tokio::test]
async fn metadata_stands_where_partners_look_for_it() {
    let server = TestServer::start().await;
    let path = "/FederationMetadata/2007-06/FederationMetadata.xml";
    let answer = server.answer(Call::get(ADFS, path)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("application/samlmetadata+xml")
    );
    assert!(
        answer
            .body
            .contains(r#"entityID="https://adfs.example.com/adfs/services/trust""#)
    );
    assert!(
        answer
            .body
            .contains(r#"Location="https://adfs.example.com/adfs/ls/""#)
    );
}
