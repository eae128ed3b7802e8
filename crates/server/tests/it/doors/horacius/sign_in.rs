use super::{Browser, IMPLICIT, JWT, SAML, attribute, hidden};
use crate::support::{Call, HORACIUS, TestServer};

#[tokio::test]
async fn one_sign_in_serves_all_three_protocols() {
    let server = TestServer::start().await;
    let mut browser = Browser::of(&server);
    let callback = browser.through(JWT).await;
    assert!(callback.starts_with("https://app.example.com:9090/callback/?refer=&jwt=ey"));
    assert!(callback.ends_with("&return_to="));
    let token = browser.get(IMPLICIT).await;
    let location = token.header("location").unwrap();
    assert!(location.starts_with("https://app.example.com:9090/oauth/token?state=&access_token="));
    let response = browser.get(SAML).await;
    assert_eq!(response.status, 200);
    assert!(
        response
            .body
            .contains(r#"action="https://www.google.com/a/acs""#),
        "{response}"
    );
    // Another browser knows nothing of it.
    assert!(
        Browser::of(&server)
            .get(JWT)
            .await
            .body
            .contains(r#"type="password""#)
    );
}

#[tokio::test]
async fn failure_stays_on_the_page_with_its_message() {
    let server = TestServer::start().await;
    let mut browser = Browser::of(&server);
    let page = browser.get(IMPLICIT).await;
    let wrong = browser.sign_in(&page, "wrong").await;
    assert_eq!((wrong.status, wrong.header("location")), (200, None));
    assert!(wrong.body.contains(r#"role="alert""#), "{wrong}");
    assert!(
        !browser
            .cookies
            .iter()
            .any(|(name, _)| name == "__Host-portaria-session")
    );
    let right = browser.sign_in(&wrong, TestServer::PASSWORD).await;
    assert_eq!(right.status, 303);
}

#[tokio::test]
async fn form_that_another_browser_was_shown_is_refused() {
    let server = TestServer::start().await;
    let (mut attacker, mut victim) = (Browser::of(&server), Browser::of(&server));
    let page = attacker.get(JWT).await;
    // Control: in the browser that was shown the form it works.
    victim.get(JWT).await;
    let refused = victim.sign_in(&page, TestServer::PASSWORD).await;
    assert_eq!(refused.status, 403, "{refused}");
    assert!(
        !victim
            .cookies
            .iter()
            .any(|(name, _)| name == "__Host-portaria-session")
    );
    assert_eq!(
        attacker.sign_in(&page, TestServer::PASSWORD).await.status,
        303
    );
}

#[tokio::test]
async fn form_from_another_site_is_refused() {
    let server = TestServer::start().await;
    let mut browser = Browser::of(&server);
    let page = browser.get(JWT).await;
    let visit = hidden(&page, "visit");
    let form = [
        ("username", "ana@example.com"),
        ("password", TestServer::PASSWORD),
        ("visit", &visit),
    ];
    let call = || Call::post(HORACIUS, JWT).form(&form);
    let refused = browser
        .send(call().header("Sec-Fetch-Site", "cross-site"))
        .await;
    assert_eq!(refused.status, 403);
    let taken = browser
        .send(call().header("Sec-Fetch-Site", "same-origin"))
        .await;
    assert_eq!(taken.status, 303);
}

#[tokio::test]
async fn every_sign_in_gives_a_new_session_cookie_bound_to_the_host() {
    let server = TestServer::start().await;
    let mut browser = Browser::of(&server);
    let page = browser.get(JWT).await;
    let planted = ("__Host-portaria-session".to_owned(), "A".repeat(43));
    browser.cookies.push(planted.clone());
    let answer = browser.sign_in(&page, TestServer::PASSWORD).await;
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-portaria-session="));
    assert!(
        cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    assert!(!browser.cookies.contains(&planted));
}

#[tokio::test]
async fn signing_out_ends_the_session_and_what_was_granted() {
    let server = TestServer::start().await;
    let mut browser = Browser::of(&server);
    let token = super::parameter(&browser.through(IMPLICIT).await, "access_token");
    let info = format!("/api/idp/oauth/userinfo/sso/dante?access_token={token}");
    assert_eq!(browser.get(&info).await.status, 200);
    // Anybody's page can lead here, and only asks, whatever the browser says of where it comes from.
    let asked = browser.get("/logout").await;
    for forged in ["/logout?confirmed=", "/logout?confirmed=AAAA"] {
        assert_eq!(browser.get(forged).await.status, 200);
        assert_eq!(browser.get(&info).await.status, 200);
    }
    // What one browser was asked is of no use in another.
    let mut other = Browser::of(&server);
    other.through(IMPLICIT).await;
    other.get(&attribute(&asked, "class=\"button\" href")).await;
    let jwt = other.get(JWT).await;
    assert_eq!(jwt.status, 303, "still signed in: {jwt}");
    let over = browser
        .get(&attribute(&asked, "class=\"button\" href"))
        .await;
    assert_eq!(over.status, 200, "{over}");
    assert_eq!(browser.get(&info).await.status, 401);
    assert!(browser.get(JWT).await.body.contains(r#"type="password""#));
}

#[tokio::test]
async fn unknown_host_and_unknown_application_are_told_apart_from_nothing() {
    let server = TestServer::start().await;
    let elsewhere = Call::get("industrial.sso.example.com", JWT);
    assert_eq!(server.answer(elsewhere).await.status, 421);
    let unknown = server.answer(Call::get(HORACIUS, "/jwt/login/1/")).await;
    assert_eq!((unknown.status, unknown.header("location")), (400, None));
    assert!(unknown.body.contains("application.unknown"), "{unknown}");
}
