//! Shibboleth's sign-in, from outside.

use crate::support::cloud::ACME;
use crate::support::{Answer, Browser, Call, TestServer, totp};

const PATH: &str = "/idp/profile/SAML2/Unsolicited/SSO";
const CONSUMER: &str = "https://iam.example.com/v3-ext/auth/OS-FEDERATION/SSO/SAML2/POST";

async fn start(server: &TestServer, query: &[(&str, &str)]) -> Answer {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(query)
        .finish();
    server
        .answer(Call::get(ACME, &format!("{PATH}?{query}")))
        .await
}

async fn type_in(server: &TestServer, page: &Answer, password: &str) -> Answer {
    let (_, rest) = page.body.split_once("action=\"").expect("a form");
    let (action, _) = rest.split_once('"').unwrap();
    let cookie = page.header("set-cookie").unwrap();
    let (cookie, _) = cookie.split_once(';').unwrap();
    let call = Call::post(ACME, action).header("Cookie", cookie);
    server
        .answer(call.form(&[("j_username", "ana"), ("j_password", password)]))
        .await
}

#[tokio::test]
async fn response_is_posted_to_a_registered_consumer_with_the_target_unchanged() {
    let server = TestServer::start().await;
    let query = [
        ("providerId", "iam.example.com"),
        ("shire", CONSUMER),
        ("target", "https://console.example.com/?a=b&c"),
        ("time", "1541521823"),
    ];
    let page = start(&server, &query).await;
    assert_eq!(page.status, 200, "{page}");
    let handed = type_in(&server, &page, TestServer::PASSWORD).await;
    assert!(
        handed.body.contains(&format!("action=\"{CONSUMER}\"")),
        "{handed}"
    );
    assert!(handed.body.contains("name=\"SAMLResponse\""), "{handed}");
    assert!(
        handed
            .body
            .contains("value=\"https://console.example.com/?a=b&#38;c\""),
        "{handed}"
    );
}

#[tokio::test]
async fn wrong_password_stays_on_the_page_and_says_so() {
    let server = TestServer::start().await;
    let page = start(&server, &[("providerId", "iam.example.com")]).await;
    assert!(!page.body.contains("role=\"alert\""));
    let again = type_in(&server, &page, "wrong").await;
    assert_eq!(again.status, 200, "{again}");
    assert!(again.body.contains("role=\"alert\""), "{again}");
    assert!(!again.body.contains("SAMLResponse"), "{again}");
}

#[tokio::test]
async fn nobody_is_sent_anywhere_that_is_not_registered_or_by_a_stale_link() {
    let server = TestServer::start().await;
    let known = ("providerId", "iam.example.com");
    for (query, code) in [
        (
            vec![("providerId", "unknown.example.com")],
            "request.unknown_party",
        ),
        (vec![], "request.unknown_party"),
        (
            vec![known, ("shire", "https://evil.example.com/")],
            "request.acs",
        ),
        (
            vec![known, ("shire", "https://iam.example.com/")],
            "request.acs",
        ),
        (vec![known, ("time", "1541400000")], "request.time"),
        (vec![known, ("time", "1641523023")], "request.time"),
        (vec![known, ("time", "soon")], "request.time"),
        (vec![known, ("time", "99999999999999999")], "request.time"),
        (vec![known, known], "sign_on.form"),
    ] {
        let page = start(&server, &query).await;
        assert_eq!(page.status, 400, "{query:?} {page}");
        assert!(page.body.contains(code), "{query:?} {page}");
    }
}

#[tokio::test]
async fn a_person_comes_in_by_an_e_mailed_link_and_the_second_factor_is_asked_for_all_the_same() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let begin = format!("https://{ACME}{PATH}?providerId=iam.example.com");
    let page = browser.get(&begin).await;
    let (_, rest) = page
        .body()
        .split_once("formaction=\"")
        .expect("the second button");
    let ask = rest.split('"').next().unwrap();
    let ask = format!("https://{ACME}{ask}");
    // What waits in another browser is of no use here.
    let mut other = Browser::new(&server);
    other.get(&begin).await;
    let typed = [("j_username", "careful@my-domain")];
    assert_eq!(other.post(&ask, &typed).await.answer.status, 400);
    let sent = browser.post(&ask, &typed).await;
    assert_eq!(sent.answer.status, 200, "{}", sent.answer);
    let (_, text) = server.letter().await;
    let url = text
        .lines()
        .find(|line| line.starts_with("https://"))
        .unwrap()
        .trim();
    assert!(
        url.starts_with(&format!("https://{ACME}/idp/link/enter?link=")),
        "{url}"
    );
    assert_eq!(other.get(url).await.answer.status, 400);
    browser.get(url).await;
    let page = browser.get(url).await;
    let code = browser.submit(&page, &[]).await;
    assert!(code.body().contains("j_tokenNumber"), "{}", code.answer);
    let shown = totp::code(&server);
    let handed = browser.submit(&code, &[("j_tokenNumber", &shown)]).await;
    assert!(handed.body().contains("SAMLResponse"), "{}", handed.answer);
    let again = browser.submit(&page, &[]).await;
    assert!(!again.body().contains("SAMLResponse"), "{}", again.answer);
}
