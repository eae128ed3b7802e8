//! The second factor, in the first post and on its own page.

use super::{at_the_form, credentials};
use crate::support::totp::{code, wrong_code};
use crate::support::{ADFS, Browser, PING, Page, TestServer};

const CAREFUL: [(&str, &str); 2] = [
    ("UserName", "careful@my-domain"),
    ("Password", TestServer::PASSWORD),
];

async fn asked_for_a_code(browser: &mut Browser<'_>) -> Page {
    let form = at_the_form(browser).await;
    let page = browser.submit(&form, &CAREFUL).await;
    assert_eq!(page.answer.status, 200, "{}", page.answer);
    assert!(page.field("VerificationCode").is_some(), "{}", page.answer);
    assert!(browser.cookie(ADFS, "MSISAuth").is_none());
    page
}

#[tokio::test]
async fn the_first_post_may_hold_the_code_in_any_field_that_clients_use() {
    for field in [
        "VerificationCode",
        "ChallengeQuestionAnswer",
        "OathCode",
        "Passcode",
        "security_code",
        "otc",
        "otp",
    ] {
        let server = TestServer::start().await;
        let mut browser = Browser::new(&server);
        let form = at_the_form(&mut browser).await;
        let shown = code(&server);
        let [user, password] = CAREFUL;
        let page = browser
            .submit(&form, &[user, password, (field, &shown)])
            .await;
        assert_eq!(page.answer.status, 302, "{field}: {}", page.answer);
    }
}

#[tokio::test]
async fn the_second_page_asks_until_the_code_is_right() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let page = asked_for_a_code(&mut browser).await;
    let page = browser
        .submit(&page, &[("VerificationCode", &wrong_code(&server))])
        .await;
    assert_eq!(page.answer.status, 200);
    assert_eq!(
        page.text("errorText").as_deref(),
        Some("That code is not right. Wait for the next one and type it.")
    );
    let page = browser
        .submit(&page, &[("VerificationCode", &code(&server))])
        .await;
    assert_eq!(page.answer.status, 302, "{}", page.answer);
    let page = browser.follow(page).await;
    assert!(page.field("SAMLResponse").is_some());
}

#[tokio::test]
async fn a_code_buys_one_sign_in() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let page = asked_for_a_code(&mut browser).await;
    let shown = code(&server);
    let first = browser.submit(&page, &[("VerificationCode", &shown)]).await;
    assert_eq!(first.answer.status, 302);
    let mut other = Browser::new(&server);
    let page = asked_for_a_code(&mut other).await;
    let again = other.submit(&page, &[("VerificationCode", &shown)]).await;
    assert_eq!(again.answer.status, 200);
    assert!(other.cookie(ADFS, "MSISAuth").is_none());
}

#[tokio::test]
async fn nobody_skips_the_password() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let page = asked_for_a_code(&mut browser).await;
    let pending = page.field("Context").unwrap();
    let shown = code(&server);

    // The sign-in under way at another door is none here.
    let ping = crate::doors::pingfederate::at_the_form(&mut Browser::new(&server)).await;
    assert_eq!(ping.url.host_str(), Some(PING));
    let elsewhere = {
        let mut browser = Browser::new(&server);
        let form = crate::doors::pingfederate::at_the_form(&mut browser).await;
        let page = browser
            .submit(
                &form,
                &[
                    ("pf.username", "careful"),
                    ("pf.pass", TestServer::PASSWORD),
                ],
            )
            .await;
        page.field("csrfToken").unwrap()
    };
    for context in ["anything", elsewhere.as_str(), &pending[1..]] {
        let fields = [
            ("AuthMethod", "AzureMfaAuthentication"),
            ("Context", context),
            ("VerificationCode", shown.as_str()),
        ];
        let refused = browser.post(page.url.as_str(), &fields).await;
        assert_eq!(refused.answer.status, 200, "{context}");
        assert!(browser.cookie(ADFS, "MSISAuth").is_none(), "{context}");
        assert_eq!(
            refused.text("errorText").as_deref(),
            Some("That took too long. Sign in again.")
        );
    }
    // The control: the same code, with the sign-in that is under way here.
    let control = browser.submit(&page, &[("VerificationCode", &shown)]).await;
    assert_eq!(control.answer.status, 302);
}

#[tokio::test]
async fn a_sign_in_under_way_ends_after_five_minutes() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let page = asked_for_a_code(&mut browser).await;
    server.clock.advance(jiff::SignedDuration::from_mins(5));
    let late = browser
        .submit(&page, &[("VerificationCode", &code(&server))])
        .await;
    assert!(late.field("Password").is_some(), "{}", late.answer);
    let again = browser
        .submit(&late, &credentials("ana@my-domain", TestServer::PASSWORD))
        .await;
    assert_eq!(again.answer.status, 302);
}
