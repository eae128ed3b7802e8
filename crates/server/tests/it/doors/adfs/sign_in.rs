//! The form, the redirect, the hand-over.

use super::{at_the_form, credentials, signed_in};
use crate::support::requests::{self, ACS};
use crate::support::{ADFS, Browser, TestServer};

#[tokio::test]
async fn a_right_password_is_answered_by_the_redirect_of_the_document() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let form = at_the_form(&mut browser).await;
    let page = browser
        .submit(&form, &credentials("ana@my-domain", TestServer::PASSWORD))
        .await;
    assert_eq!(page.answer.status, 302, "{}", page.answer);
    assert_eq!(page.answer.header("content-length"), Some("0"));
    assert_eq!(
        page.answer.header("location").unwrap(),
        page.url.as_str(),
        "the same URL, with the client request ID"
    );
    let session = browser.cookie(ADFS, "MSISAuth").unwrap();
    assert_eq!(
        page.answer.header("set-cookie").unwrap(),
        format!("MSISAuth={session}; path=/adfs; HttpOnly; Secure")
    );
}

#[tokio::test]
async fn the_session_hands_over_with_the_cookies_of_the_document() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let page = signed_in(&mut browser).await;
    assert_eq!(page.answer.status, 200);
    assert_eq!(page.field("RelayState").as_deref(), Some("12345"));
    assert!(
        page.field("SAMLResponse")
            .unwrap()
            .starts_with("PHNhbWxwOlJlc3BvbnN")
    );
    let names: Vec<_> = page
        .answer
        .all("set-cookie")
        .iter()
        .filter_map(|cookie| {
            Some(
                cookie
                    .strip_suffix("; path=/adfs; HttpOnly; Secure")?
                    .split('=')
                    .next()
                    .unwrap(),
            )
        })
        .collect();
    assert_eq!(
        names,
        [
            "SamlSession",
            "MSISAuthenticated",
            "MSISLoopDetectionCookie"
        ]
    );
    assert_eq!(
        browser.cookie(ADFS, "MSISAuthenticated"),
        Some("MTEvNi8yMDE4IDQ6MzA6MjMgUE0=")
    );
    let policy = page.answer.header("content-security-policy").unwrap();
    assert!(policy.contains(&format!("form-action {ACS};")), "{policy}");
}

#[tokio::test]
async fn a_wrong_password_shows_the_form_again_and_sets_no_cookie() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let form = at_the_form(&mut browser).await;
    for user in ["ana@my-domain", "nobody@my-domain"] {
        let page = browser.submit(&form, &credentials(user, "wrong")).await;
        assert_eq!(page.answer.status, 200);
        assert_eq!(
            page.text("errorText").as_deref(),
            Some(
                "Incorrect user ID or password. Type the correct user ID and password, and try again."
            )
        );
        assert_eq!(page.field("UserName").as_deref(), Some(user));
        assert!(page.answer.all("set-cookie").is_empty());
    }
}

#[tokio::test]
async fn generic_clients_that_empty_the_method_and_tick_every_box_sign_in() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let form = at_the_form(&mut browser).await;
    let fields = [
        ("UserName", "my-domain\\ana"),
        ("Password", TestServer::PASSWORD),
        ("Kmsi", "true"),
        ("AuthMethod", ""),
    ];
    let page = browser.post(form.url.as_str(), &fields).await;
    assert_eq!(page.answer.status, 302, "{}", page.answer);
}

#[tokio::test]
async fn a_request_by_post_is_carried_by_the_form_and_answered_at_once() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let request = saml::bindings::post::encode(&requests::xml_to(ACS));
    let fields = [
        ("SAMLRequest", request.as_str()),
        ("RelayState", "\"><script>alert(1)</script>"),
    ];
    let form = browser
        .post(&format!("https://{ADFS}/adfs/ls/"), &fields)
        .await;
    assert_eq!(form.field("SAMLRequest"), Some(request.clone()));
    assert!(!form.body().contains("<script>"), "{}", form.answer);
    let page = browser
        .submit(&form, &credentials("ana@my-domain", TestServer::PASSWORD))
        .await;
    assert_eq!(page.answer.status, 200, "{}", page.answer);
    assert!(page.field("SAMLResponse").is_some());
    assert_eq!(page.field("RelayState").as_deref(), Some(fields[1].1));
    assert_eq!(page.body().matches("<script>").count(), 1);
    assert!(browser.cookie(ADFS, "MSISAuth").is_some());
}

#[tokio::test]
async fn a_sign_on_may_start_here_in_any_letter_case() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    for page in ["IdpInitiatedSignOn.aspx", "idpinitiatedsignon.aspx"] {
        let url = format!(
            "https://{ADFS}/adfs/ls/{page}?loginToRp=https://storagegrid.example.com/api/saml-metadata"
        );
        let fields = credentials("ana@my-domain", TestServer::PASSWORD);
        let page = browser.post(&url, &fields).await;
        let page = browser.follow(page).await;
        assert!(page.field("SAMLResponse").is_some(), "{}", page.answer);
    }
    let url = format!("https://{ADFS}/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp=unknown");
    let page = browser.get(&url).await;
    assert_eq!(page.answer.status, 400);
    assert_eq!(page.code().as_deref(), Some("request.unknown_party"));
    let page = browser
        .get(&format!("https://{ADFS}/adfs/ls/other.aspx"))
        .await;
    assert_eq!(page.answer.status, 404);
}

#[tokio::test]
async fn a_new_sign_in_never_keeps_the_cookie_that_was_there_before() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    browser.set_cookie(ADFS, "MSISAuth", "planted-by-somebody-else");
    signed_in(&mut browser).await;
    let first = browser.cookie(ADFS, "MSISAuth").unwrap().to_owned();
    assert_ne!(first, "planted-by-somebody-else");
    let form = at_the_form(&mut browser).await;
    let again = browser
        .post(
            form.url.as_str(),
            &credentials("outsider@my-domain", TestServer::PASSWORD),
        )
        .await;
    assert_eq!(again.answer.status, 302);
    assert_ne!(browser.cookie(ADFS, "MSISAuth"), Some(first.as_str()));
}

#[tokio::test]
async fn credentials_posted_by_a_page_of_somebody_else_are_refused() {
    let server = TestServer::start().await;
    let form = at_the_form(&mut Browser::new(&server)).await;
    let fields = credentials("ana@my-domain", TestServer::PASSWORD);
    let statuses = |header: &'static str, value: &'static str| {
        let (server, url, fields) = (&server, form.url.clone(), fields);
        async move {
            let mut browser = Browser::new(server).always(header, value);
            let page = browser.post(url.as_str(), &fields).await;
            (page.answer.status, page.code().unwrap_or_default())
        }
    };
    // The control: our own page, in a browser that says so and in one that only names the origin.
    assert_eq!(statuses("Sec-Fetch-Site", "same-origin").await.0, 302);
    assert_eq!(statuses("Origin", "https://adfs.example.com").await.0, 302);
    // The mutation: one header.
    for (header, value) in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Origin", "https://evil.example.com"),
        ("Origin", "null"),
    ] {
        let refused = (403, "sign_on.cross_site".to_owned());
        assert_eq!(statuses(header, value).await, refused, "{header}: {value}");
    }
}

#[tokio::test]
async fn pages_speak_the_language_of_whoever_reads_them() {
    let server = TestServer::start().await;
    for (accepted, word) in [
        ("pt-BR,pt;q=0.9", "Senha"),
        ("es", "Contraseña"),
        ("de", "Password"),
    ] {
        let mut browser = Browser::new(&server).always("Accept-Language", accepted);
        let form = at_the_form(&mut browser).await;
        assert_eq!(form.text("passwordInputLabel").as_deref(), Some(word));
    }
}
