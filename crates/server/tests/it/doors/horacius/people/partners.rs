use super::{ORIGIN, SESSION, is_in};
use crate::support::{Browser, HORACIUS, Page, TestServer};

/// Goes to the partner from the sign-in page of `path`, and signs in there; the page that posts the response back.
async fn vouched(browser: &mut Browser<'_>, path: &str) -> Page {
    let page = browser.get(&format!("{ORIGIN}{path}")).await;
    let (_, rest) = page
        .body()
        .split_once("href=\"/partner/")
        .expect("the partner is offered");
    let address = rest.split('"').next().unwrap().replace("&#38;", "&");
    let begun = browser.get(&format!("{ORIGIN}/partner/{address}")).await;
    assert_eq!(begun.answer.status, 303, "{}", begun.answer);
    let page = browser.follow(begun).await;
    let typed = [
        ("UserName", "ana@my-domain"),
        ("Password", TestServer::PASSWORD),
    ];
    let answer = browser.submit(&page, &typed).await;
    let answer = browser.follow(answer).await;
    assert!(answer.body().contains("SAMLResponse"), "{}", answer.answer);
    answer
}

#[tokio::test]
async fn a_person_of_a_partner_comes_in_and_goes_on_to_the_application() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let handed = vouched(&mut browser, "/jwt/login/30251233/").await;
    let back = browser.submit(&handed, &[]).await;
    assert_eq!(back.answer.status, 200, "{}", back.answer);
    assert!(
        back.body().contains("/jwt/login/30251233/"),
        "{}",
        back.answer
    );
    let callback = browser.get(&format!("{ORIGIN}/jwt/login/30251233/")).await;
    assert_eq!(callback.answer.status, 303, "{}", callback.answer);
    let account = browser.get(&format!("{ORIGIN}/account")).await;
    assert_eq!(account.text("user").as_deref(), Some("ana@my-domain"));
    // Their password is kept elsewhere: nothing here asks for one.
    assert!(
        account.text("kept-elsewhere").is_some(),
        "{}",
        account.answer
    );
    assert!(
        !account.body().contains("type=\"password\""),
        "{}",
        account.answer
    );
    let enrolment = browser
        .get(&format!("{ORIGIN}/account/authenticator"))
        .await;
    assert_eq!(enrolment.answer.status, 303, "{}", enrolment.answer);
    // The response bought one session.
    let mut again = Browser::new(&server);
    let spent = again.submit(&handed, &[]).await;
    assert_eq!(
        (spent.answer.status, spent.code().as_deref()),
        (400, Some("sign_on.browser"))
    );
    let spent = browser.submit(&handed, &[]).await;
    assert_eq!(spent.answer.status, 400, "{}", spent.answer);
    // They come again, as the same person.
    let handed = vouched_again(&server).await;
    assert!(handed.text("user").is_some(), "{}", handed.answer);
}

async fn vouched_again(server: &TestServer) -> Page {
    let mut browser = Browser::new(server);
    let handed = vouched(&mut browser, "/account").await;
    browser.submit(&handed, &[]).await;
    browser.get(&format!("{ORIGIN}/account")).await
}

#[tokio::test]
async fn a_sign_on_that_began_in_one_browser_does_not_end_in_another() {
    let server = TestServer::start().await;
    let (mut attacker, mut victim) = (Browser::new(&server), Browser::new(&server));
    let handed = vouched(&mut attacker, "/").await;
    victim.get(&format!("{ORIGIN}/")).await;
    let planted = victim.submit(&handed, &[]).await;
    assert_eq!(
        planted.code().as_deref(),
        Some("sign_on.browser"),
        "{}",
        planted.answer
    );
    assert_eq!(victim.cookie(HORACIUS, SESSION), None);
    attacker.submit(&handed, &[]).await;
    assert!(is_in(&mut attacker).await, "the control");
}

#[tokio::test]
async fn an_unknown_partner_and_a_way_back_that_leads_away_lead_nowhere() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let unknown = browser
        .get(&format!("{ORIGIN}/partner/nobody?back=%2F"))
        .await;
    assert_eq!(
        unknown.code().as_deref(),
        Some("idp.disabled"),
        "{}",
        unknown.answer
    );
    let mut page = browser
        .get(&format!(
            "{ORIGIN}/partner/acme?back=https%3A%2F%2Fevil.example.com%2F"
        ))
        .await;
    page = browser.follow(page).await;
    let typed = [
        ("UserName", "ana@my-domain"),
        ("Password", TestServer::PASSWORD),
    ];
    let answer = browser.submit(&page, &typed).await;
    let handed = browser.follow(answer).await;
    let back = browser.submit(&handed, &[]).await;
    assert!(!back.body().contains("evil.example.com"), "{}", back.answer);
    assert!(is_in(&mut browser).await);
}
