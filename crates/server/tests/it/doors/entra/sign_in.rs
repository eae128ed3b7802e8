//! The pages as plain forms.

use super::{at_the_form, config, credentials, signed_in};
use crate::support::requests;
use crate::support::totp::{code, wrong_code};
use crate::support::{Browser, DIRECTORY, ENTRA, TestServer};

#[tokio::test]
async fn without_a_script_three_forms_lead_to_the_hand_over() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let page = signed_in(&mut browser).await;
    assert!(page.body().starts_with(concat!(
        "<html><head><title>Working...</title></head><body>",
        r#"<form method="POST" name="hiddenform" action="https://storagegrid.example.com:443/api/saml-response">"#,
        r#"<input type="hidden" name="SAMLResponse" value=""#,
    )));
    assert_eq!(page.field("RelayState").as_deref(), Some("24680"));
    let page = at_the_form(&mut browser).await;
    assert!(
        page.field("SAMLResponse").is_some(),
        "the session answers: {}",
        page.answer
    );
}

#[tokio::test]
async fn a_wrong_password_has_the_number_and_the_text_that_clients_look_for() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let form = at_the_form(&mut browser).await;
    assert_eq!(config(&form)["sErrorCode"], "50058");
    let page = browser
        .submit(&form, &credentials("ana@my-domain", "wrong"))
        .await;
    assert_eq!(page.answer.status, 200);
    assert!(
        page.body().contains(r#""sErrorCode":"50126""#),
        "{}",
        page.answer
    );
    assert!(
        page.text("passwordError")
            .unwrap()
            .starts_with("Your account or password is incorrect")
    );
    assert!(browser.cookie(ENTRA, "ESTSAUTH").is_none());
    let page = browser
        .submit(&page, &credentials("ana@my-domain", TestServer::PASSWORD))
        .await;
    assert_eq!(config(&page)["pgid"], "KmsiInterrupt");
}

#[tokio::test]
async fn a_code_is_asked_until_it_is_right() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let form = at_the_form(&mut browser).await;
    let page = browser
        .submit(
            &form,
            &credentials("careful@my-domain", TestServer::PASSWORD),
        )
        .await;
    assert_eq!(config(&page)["pgid"], "ConvergedTFA");
    let page = browser
        .submit(&page, &[("otc", &wrong_code(&server))])
        .await;
    assert_eq!(config(&page)["sErrorCode"], "500121");
    assert!(browser.cookie(ENTRA, "ESTSAUTH").is_none());
    let page = browser.submit(&page, &[("otc", &code(&server))]).await;
    assert_eq!(config(&page)["pgid"], "KmsiInterrupt", "{}", page.answer);
    let page = browser.submit(&page, &[("LoginOptions", "1")]).await;
    assert!(page.field("SAMLResponse").is_some(), "{}", page.answer);
    assert!(browser.cookie(ENTRA, "ESTSAUTHPERSISTENT").is_some());
}

#[tokio::test]
async fn a_sign_in_belongs_to_one_browser_and_one_site() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let form = at_the_form(&mut browser).await;
    let fields = credentials("ana@my-domain", TestServer::PASSWORD);
    let mut other = Browser::new(&server);
    at_the_form(&mut other).await;
    let refused = other.submit(&form, &fields).await;
    assert_eq!(refused.code().as_deref(), Some("sign_on.expired"));
    let mut foreign = Browser::new(&server).always("Sec-Fetch-Site", "cross-site");
    foreign.set_cookie(ENTRA, "esctx", browser.cookie(ENTRA, "esctx").unwrap());
    let refused = foreign.submit(&form, &fields).await;
    assert_eq!(refused.code().as_deref(), Some("sign_on.cross_site"));
    // The control.
    let page = browser.submit(&form, &fields).await;
    assert_eq!(config(&page)["pgid"], "KmsiInterrupt");
}

#[tokio::test]
async fn nobody_gets_past_the_last_page_without_the_session_of_the_first() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let form = at_the_form(&mut browser).await;
    let page = browser
        .submit(&form, &credentials("ana@my-domain", TestServer::PASSWORD))
        .await;
    let mut other = Browser::new(&server);
    let refused = other.submit(&page, &[("LoginOptions", "3")]).await;
    assert_eq!(refused.code().as_deref(), Some("sign_on.expired"));
    let control = browser.submit(&page, &[("LoginOptions", "3")]).await;
    assert!(control.field("SAMLResponse").is_some());
}

#[tokio::test]
async fn a_browser_named_like_its_session_still_proves_itself_afresh() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    signed_in(&mut browser).await;
    let session = browser.cookie(ENTRA, "ESTSAUTH").unwrap().to_owned();
    browser.set_cookie(ENTRA, "esctx", &session);
    let query = requests::query(&requests::xml(r#"ForceAuthn="true""#), "24680");
    let form = browser
        .get(&format!("https://{ENTRA}/{DIRECTORY}/saml2?{query}"))
        .await;
    let context = form.field("ctx").unwrap();
    let last = format!("https://{ENTRA}/kmsi");
    let refused = browser
        .post(&last, &[("ctx", &context), ("LoginOptions", "3")])
        .await;
    assert_eq!(refused.code().as_deref(), Some("sign_on.expired"));
    let fields = credentials("ana@my-domain", TestServer::PASSWORD);
    let page = browser.submit(&form, &fields).await;
    let control = browser.submit(&page, &[("LoginOptions", "3")]).await;
    assert!(control.field("SAMLResponse").is_some());
}
