use super::{ORIGIN, SESSION, is_in, opens, post, signed_in};
use crate::support::{Call, HORACIUS, TestServer};

const NEW: &str = "uma girafa no telhado";

#[tokio::test]
async fn a_password_is_changed_by_whoever_knows_the_old_one_and_ends_every_other_session() {
    let server = TestServer::start().await;
    let (mut elsewhere, _) = signed_in(&server, "/").await;
    let (mut browser, page) = signed_in(&server, "/account").await;
    let cookie = browser.cookie(HORACIUS, SESSION).unwrap().to_owned();
    let change = |old, new, again| [("old", old), ("new", new), ("again", again)];
    for refused in [
        change("wrong", NEW, NEW),
        change(TestServer::PASSWORD, NEW, "another"),
        change(TestServer::PASSWORD, "short", "short"),
        change(TestServer::PASSWORD, "passwordpassword", "passwordpassword"),
    ] {
        let page = post(&mut browser, &page, "/account/password", &refused).await;
        assert!(page.body().contains(r#"role="alert""#), "{}", page.answer);
        assert!(is_in(&mut elsewhere).await);
    }
    let changed = change(TestServer::PASSWORD, NEW, NEW);
    let answer = post(&mut browser, &page, "/account/password", &changed).await;
    assert_eq!(answer.answer.status, 303);
    assert_ne!(browser.cookie(HORACIUS, SESSION), Some(cookie.as_str()));
    let page = browser.follow(answer).await;
    assert!(page.text("done").is_some() && page.text("user").is_some());
    assert!(!is_in(&mut elsewhere).await);
    assert!(opens(&server, NEW).await && !opens(&server, TestServer::PASSWORD).await);
}

#[tokio::test]
async fn a_form_that_was_not_shown_to_this_browser_changes_nothing() {
    let server = TestServer::start().await;
    let (_, foreign) = signed_in(&server, "/account").await;
    let (mut browser, page) = signed_in(&server, "/account").await;
    let typed = [("old", TestServer::PASSWORD), ("new", NEW), ("again", NEW)];
    // No header says where the form came from; the proof in it is of another browser, or absent.
    let refused = post(&mut browser, &foreign, "/account/password", &typed).await;
    assert_eq!(
        (refused.answer.status, refused.code().as_deref()),
        (403, Some("sign_on.cross_site"))
    );
    for path in [
        "/account/password",
        "/account/authenticator",
        "/account/authenticator/remove",
        "/account/recovery-codes",
        "/account/sign-out-elsewhere",
    ] {
        let refused = browser.post(&format!("{ORIGIN}{path}"), &typed).await;
        assert_eq!(refused.answer.status, 403, "{path}");
    }
    assert!(is_in(&mut browser).await && opens(&server, TestServer::PASSWORD).await);
    let taken = post(&mut browser, &page, "/account/password", &typed).await;
    assert_eq!(taken.answer.status, 303);
}

#[tokio::test]
async fn the_account_page_shows_sessions_and_ends_the_others() {
    let server = TestServer::start().await;
    let (mut elsewhere, _) = signed_in(&server, "/").await;
    elsewhere
        .get(&format!("{ORIGIN}/idp/saml/redirect/sso/mail"))
        .await;
    let (mut browser, page) = signed_in(&server, "/account").await;
    let sessions = page.text("sessions").unwrap();
    assert_eq!(sessions.matches("Last used").count(), 2, "{sessions}");
    assert!(
        sessions.contains("This session") && sessions.contains("mail"),
        "{sessions}"
    );
    let ended = post(&mut browser, &page, "/account/sign-out-elsewhere", &[]).await;
    assert_eq!(ended.answer.status, 303);
    assert!(!is_in(&mut elsewhere).await);
    let page = browser.follow(ended).await;
    assert!(page.text("done").is_some());
    assert_eq!(
        page.text("sessions").unwrap().matches("Last used").count(),
        1
    );
}

#[tokio::test]
async fn a_browser_is_shown_as_it_named_itself_and_cannot_write_into_the_page() {
    let server = TestServer::start().await;
    let mut browser =
        crate::support::Browser::new(&server).always("User-Agent", "<script>alert(1)</script>");
    let page = browser.get(&format!("{ORIGIN}/account")).await;
    let typed = [
        ("username", "bia@example.com"),
        ("password", TestServer::PASSWORD),
    ];
    let answer = browser.submit(&page, &typed).await;
    let page = browser.follow(answer).await;
    assert!(page.body().contains("&#60;script&#62;") && !page.body().contains("<script"));
}

#[tokio::test]
async fn pages_of_a_person_are_for_whoever_is_signed_in_and_are_not_kept() {
    let server = TestServer::start().await;
    let page = server.answer(Call::get(HORACIUS, "/account")).await;
    assert!(page.body.contains(r#"type="password""#) && !page.body.contains("sessions"));
    let (_, page) = signed_in(&server, "/account").await;
    let header = |name| page.answer.header(name).unwrap();
    assert!(header("cache-control").contains("no-store"));
    assert!(
        header("content-security-policy")
            .starts_with("default-src 'none'; style-src 'self'; form-action 'self';")
    );
}
