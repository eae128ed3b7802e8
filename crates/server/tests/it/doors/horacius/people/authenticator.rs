use super::{ORIGIN, post, signed_in};
use crate::support::{Browser, Page, TestServer, totp};
use jiff::SignedDuration;

/// Enrols an authenticator; its secret, and the page with the recovery codes.
async fn enrol(server: &TestServer, browser: &mut Browser<'_>) -> (String, Page) {
    let page = browser
        .get(&format!("{ORIGIN}/account/authenticator"))
        .await;
    let secret = page.text("secret").unwrap().replace(' ', "");
    assert!(page.body().contains("<svg viewBox"));
    let wrong = [("password", TestServer::PASSWORD), ("shown", "000000")];
    let again = browser.submit(&page, &wrong).await;
    assert!(again.body().contains(r#"role="alert""#));
    assert_eq!(
        again.text("secret").unwrap().replace(' ', ""),
        secret,
        "the same picture"
    );
    let code = totp::code_of(server, &secret);
    let right = [("password", TestServer::PASSWORD), ("shown", &code)];
    let codes = browser.submit(&again, &right).await;
    assert_eq!(codes.answer.status, 200, "{}", codes.answer);
    (secret, codes)
}

fn codes(page: &Page) -> Vec<String> {
    let text = page.text("recovery-codes").unwrap();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

async fn second_step(server: &TestServer, code: &str) -> Page {
    let mut browser = Browser::new(server);
    let page = browser.get(&format!("{ORIGIN}/account")).await;
    let typed = [
        ("username", "bia@example.com"),
        ("password", TestServer::PASSWORD),
    ];
    let page = browser.submit(&page, &typed).await;
    assert!(page.body().contains("one-time-code"), "{}", page.answer);
    let answer = browser.submit(&page, &[("code", code)]).await;
    browser.follow(answer).await
}

#[tokio::test]
async fn an_authenticator_is_enrolled_asked_for_and_taken_away() {
    let server = TestServer::start().await;
    let (mut browser, _) = signed_in(&server, "/account").await;
    let (secret, _) = enrol(&server, &mut browser).await;
    server.clock.advance(SignedDuration::from_secs(30));
    let code = totp::code_of(&server, &secret);
    assert!(second_step(&server, &code).await.text("user").is_some());
    server.clock.advance(SignedDuration::from_secs(30));
    let account = browser.get(&format!("{ORIGIN}/account")).await;
    let path = "/account/authenticator/remove";
    let alone = [("password", TestServer::PASSWORD)];
    let refused = post(&mut browser, &account, path, &alone).await;
    assert!(
        refused.body().contains(r#"role="alert""#),
        "{}",
        refused.answer
    );
    let code = totp::code_of(&server, &secret);
    let proved = [("password", TestServer::PASSWORD), ("code", &code)];
    let removed = post(&mut browser, &account, path, &proved).await;
    assert_eq!(removed.answer.status, 303, "{}", removed.answer);
    let (_, page) = signed_in(&server, "/account").await;
    assert!(page.text("recovery-left").is_none());
}

#[tokio::test]
async fn recovery_codes_open_the_account_once_each_and_are_shown_once() {
    let server = TestServer::start().await;
    let (mut browser, _) = signed_in(&server, "/account").await;
    let (_, page) = enrol(&server, &mut browser).await;
    let codes = codes(&page);
    assert_eq!(codes.len(), 10);
    assert!(
        page.answer
            .header("cache-control")
            .unwrap()
            .contains("no-store")
    );
    let entered = second_step(&server, &codes[0]).await;
    assert_eq!(
        entered.text("recovery-left").as_deref(),
        Some("9"),
        "{}",
        entered.answer
    );
    let again = second_step(&server, &codes[0]).await;
    assert!(again.body().contains(r#"role="alert""#));
    let account = browser.get(&format!("{ORIGIN}/account")).await;
    assert!(!codes.iter().any(|code| account.body().contains(code)));
    // Drawn anew with one of them as the proof, the others are worth nothing.
    let proved = [("password", TestServer::PASSWORD), ("code", &codes[1])];
    let fresh = post(&mut browser, &account, "/account/recovery-codes", &proved).await;
    assert_eq!(self::codes(&fresh).len(), 10, "{}", fresh.answer);
    assert!(
        second_step(&server, &codes[2])
            .await
            .body()
            .contains(r#"role="alert""#)
    );
    let fresh = self::codes(&fresh);
    assert!(second_step(&server, &fresh[0]).await.text("user").is_some());
}
