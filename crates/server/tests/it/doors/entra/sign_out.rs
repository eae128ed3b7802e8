//! Signing out, and metadata.

use super::signed_in;
use crate::support::sign_on::redeem;
use crate::support::{Browser, Call, DIRECTORY, ENTRA, GRID, TestServer};

#[tokio::test]
async fn our_own_sign_out_page_ends_the_tokens_too() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let page = signed_in(&mut browser).await;
    let token = redeem(&server, &page.field("SAMLResponse").unwrap(), "24680")
        .await
        .data();
    let opens = || Call::get(GRID, "/api/v3/org/config").bearer(&token);
    assert_eq!(server.answer(opens()).await.status, 200);
    let page = browser
        .get(&format!("https://{ENTRA}/common/oauth2/v2.0/logout"))
        .await;
    let page = browser.follow(page).await;
    assert!(
        page.body().contains("You are signed out"),
        "{}",
        page.answer
    );
    assert_eq!(server.answer(opens()).await.status, 401);
    let form = super::at_the_form(&mut browser).await;
    assert!(form.field("passwd").is_some());
}

#[tokio::test]
async fn a_page_of_somebody_else_cannot_sign_anybody_out() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let page = signed_in(&mut browser).await;
    let token = redeem(&server, &page.field("SAMLResponse").unwrap(), "24680")
        .await
        .data();
    let opens = || Call::get(GRID, "/api/v3/org/config").bearer(&token);
    let linked =
        Call::get(ENTRA, "/common/oauth2/v2.0/logout").header("Sec-Fetch-Site", "cross-site");
    let cookie = format!("ESTSAUTH={}", browser.cookie(ENTRA, "ESTSAUTH").unwrap());
    let answer = server.answer(linked.header("Cookie", &cookie)).await;
    assert!(answer.body.contains("Another page asked"), "{answer}");
    assert_eq!(server.answer(opens()).await.status, 200);
    // Typed by the person, or sent by a script: the same address ends it.
    let page = browser
        .get(&format!("https://{ENTRA}/common/oauth2/v2.0/logout"))
        .await;
    browser.follow(page).await;
    assert_eq!(server.answer(opens()).await.status, 401);
}

#[tokio::test]
async fn a_logout_by_redirect_goes_back_to_who_asked() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let page = signed_in(&mut browser).await;
    let token = redeem(&server, &page.field("SAMLResponse").unwrap(), "24680")
        .await
        .data();
    let call = Call::new("DELETE", GRID, "/api/v3/authorize")
        .bearer(&token)
        .header("Cookie", "sso=true");
    let url = server.answer(call).await.data();
    assert!(
        url.starts_with(&format!("https://{ENTRA}/{DIRECTORY}/saml2?SAMLRequest=")),
        "{url}"
    );
    let page = browser.get(&url).await;
    assert!(
        page.answer
            .header("location")
            .unwrap()
            .contains("/api/saml-logout?SAMLResponse=")
    );
    let form = super::at_the_form(&mut browser).await;
    assert!(form.field("passwd").is_some());
}

#[tokio::test]
async fn metadata_stands_where_partners_look_for_it() {
    let server = TestServer::start().await;
    let path = format!("/{DIRECTORY}/federationmetadata/2007-06/federationmetadata.xml");
    let answer = server.answer(Call::get(ENTRA, &path)).await;
    assert!(
        answer
            .body
            .contains(&format!(r#"entityID="https://{ENTRA}/{DIRECTORY}/""#)),
        "{answer}"
    );
}
