//! The form adapter.

use super::{at_the_form, credentials, signed_in};
use crate::support::totp::{code, wrong_code};
use crate::support::{Browser, PING, TestServer};

#[tokio::test]
async fn a_browser_gets_the_cookie_once_and_the_session_after_the_password() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let form = at_the_form(&mut browser).await;
    let before = browser.cookie(PING, "PF").unwrap().to_owned();
    assert_eq!(
        form.answer.header("set-cookie").unwrap(),
        format!("PF={before}; Path=/; Secure; HttpOnly; SameSite=None")
    );
    assert!(before.len() >= 22);
    assert!(
        form.body().ends_with('\n'),
        "curl writes its cookies after the page"
    );
    let wrong = browser.submit(&form, &credentials("wrong")).await;
    assert_eq!(wrong.answer.status, 200);
    assert!(wrong.body().contains(
        "We didn&#39;t recognize the username or password you entered. Please try again."
    ));
    assert_eq!(browser.cookie(PING, "PF"), Some(before.as_str()));
    // The transaction survives: the first form still works.
    let page = browser
        .submit(&form, &credentials(TestServer::PASSWORD))
        .await;
    assert!(page.field("SAMLResponse").is_some(), "{}", page.answer);
    assert_eq!(page.field("RelayState").as_deref(), Some("67890"));
    assert_ne!(browser.cookie(PING, "PF"), Some(before.as_str()));
    // And the session answers the next request without a question.
    let page = at_the_form(&mut browser).await;
    assert!(page.field("SAMLResponse").is_some(), "{}", page.answer);
}

#[tokio::test]
async fn a_transaction_belongs_to_one_browser_and_ends() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let form = at_the_form(&mut browser).await;
    let mut other = Browser::new(&server);
    at_the_form(&mut other).await;
    let refused = other
        .submit(&form, &credentials(TestServer::PASSWORD))
        .await;
    assert_eq!(refused.answer.status, 400);
    assert_eq!(refused.code().as_deref(), Some("sign_on.expired"));
    let mut without = Browser::new(&server);
    let refused = without
        .submit(&form, &credentials(TestServer::PASSWORD))
        .await;
    assert_eq!(refused.code().as_deref(), Some("sign_on.expired"));
    // The control: the browser that it belongs to, until its time is over.
    let page = browser.submit(&form, &credentials("wrong")).await;
    assert_eq!(page.answer.status, 200);
    server.clock.advance(jiff::SignedDuration::from_mins(15));
    let late = browser
        .submit(&form, &credentials(TestServer::PASSWORD))
        .await;
    assert_eq!(late.code().as_deref(), Some("sign_on.expired"));
}

#[tokio::test]
async fn two_tabs_do_not_disturb_each_other() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let first = at_the_form(&mut browser).await;
    at_the_form(&mut browser).await;
    let page = browser
        .submit(&first, &credentials(TestServer::PASSWORD))
        .await;
    assert!(page.field("SAMLResponse").is_some(), "{}", page.answer);
}

#[tokio::test]
async fn whoever_cancels_is_taken_back_with_a_refusal() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let form = at_the_form(&mut browser).await;
    let page = browser.submit(&form, &[("pf.cancel", "clicked")]).await;
    let response = saml::bindings::post::decode(&page.field("SAMLResponse").unwrap()).unwrap();
    let response = String::from_utf8(response).unwrap();
    assert!(response.contains("status:AuthnFailed"), "{response}");
    let url = "https://my-pf-baseurl/idp/startSSO.ping?PartnerSpId=storagegrid";
    let form = browser.get(url).await;
    let page = browser.submit(&form, &[("pf.cancel", "clicked")]).await;
    assert!(page.field("SAMLResponse").is_none());
    assert!(page.body().contains("Sign-in cancelled"), "{}", page.answer);
}

#[tokio::test]
async fn a_sign_on_may_start_here_under_either_name() {
    let server = TestServer::start().await;
    for query in [
        "PartnerSpId=storagegrid&TargetResource=67890",
        "PARTNER=storagegrid&TARGET=67890",
    ] {
        let mut browser = Browser::new(&server);
        let form = browser
            .get(&format!("https://{PING}/idp/startSSO.ping?{query}"))
            .await;
        assert!(
            form.body().contains("/resumeSAML20/idp/startSSO.ping\""),
            "{}",
            form.answer
        );
        let page = browser
            .submit(&form, &credentials(TestServer::PASSWORD))
            .await;
        assert_eq!(
            page.field("RelayState").as_deref(),
            Some("67890"),
            "{}",
            page.answer
        );
    }
    let page = Browser::new(&server)
        .get("https://my-pf-baseurl/idp/startSSO.ping?partnerspid=storagegrid")
        .await;
    assert_eq!(page.code().as_deref(), Some("request.unknown_party"));
}

#[tokio::test]
async fn a_second_factor_is_asked_on_a_page_of_its_own() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let form = at_the_form(&mut browser).await;
    let typed = [
        ("pf.username", "careful@my-domain"),
        ("pf.pass", TestServer::PASSWORD),
    ];
    let page = browser.submit(&form, &typed).await;
    assert!(page.field("otp").is_some(), "{}", page.answer);
    let page = browser
        .submit(&page, &[("otp", &wrong_code(&server))])
        .await;
    assert!(
        page.body().contains("That code is not right."),
        "{}",
        page.answer
    );
    let page = browser.submit(&page, &[("otp", &code(&server))]).await;
    assert!(page.field("SAMLResponse").is_some(), "{}", page.answer);
}

#[tokio::test]
async fn credentials_do_not_come_in_a_url_nor_from_somebody_elses_page() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let form = at_the_form(&mut browser).await;
    let pf = browser.cookie(PING, "PF").unwrap().to_owned();
    let action = form.action();
    let query = format!(
        "pf.username=ana&pf.pass={}&pf.ok=clicked",
        TestServer::PASSWORD.replace(' ', "+")
    );
    let page = browser.get(&format!("{action}?{query}")).await;
    assert!(page.field("pf.pass").is_some(), "{}", page.answer);
    let mut foreign = Browser::new(&server).always("Sec-Fetch-Site", "cross-site");
    foreign.set_cookie(PING, "PF", &pf);
    let page = foreign
        .submit(&form, &credentials(TestServer::PASSWORD))
        .await;
    assert_eq!(page.code().as_deref(), Some("sign_on.cross_site"));
    // The control.
    let page = browser
        .submit(&form, &credentials(TestServer::PASSWORD))
        .await;
    assert!(page.field("SAMLResponse").is_some());
}

#[tokio::test]
async fn a_planted_cookie_never_becomes_a_session() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let planted = "planted-by-somebody-else-0";
    browser.set_cookie(PING, "PF", planted);
    let page = signed_in(&mut browser).await;
    assert!(page.field("SAMLResponse").is_some(), "{}", page.answer);
    assert_ne!(browser.cookie(PING, "PF"), Some(planted));
}
