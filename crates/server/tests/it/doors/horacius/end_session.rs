use super::Browser;
use crate::support::{Call, HORACIUS, TestServer};

const OUT: &str = "/idp/oauth/logout";
const BYE: &str = "https%3A%2F%2Fapp.example.com%3A9090%2Fbye";

impl Browser<'_> {
    async fn is_signed_in(&mut self) -> bool {
        let page = self.get(super::JWT).await;
        !page.body.contains(r#"type="password""#)
    }
}

#[tokio::test]
async fn without_a_hint_the_person_is_asked_and_only_this_browser_can_say_yes() {
    let server = TestServer::start().await;
    let mut browser = Browser::of(&server);
    browser.openid_tokens().await;
    let asked = format!("{OUT}?client_id=portal&post_logout_redirect_uri={BYE}&state=s");
    let page = browser.get(&asked).await;
    assert_eq!((page.status, page.header("location")), (200, None));
    assert!(browser.is_signed_in().await);
    let forged = browser.get(&format!("{asked}&confirmed=x")).await;
    assert_eq!(forged.status, 200);
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn confirmed_sign_out_says_which_application_does_not_know_yet() {
    let server = TestServer::start().await;
    let mut browser = Browser::of(&server);
    browser.openid_tokens().await;
    let page = browser
        .get(&format!(
            "{OUT}?client_id=portal&post_logout_redirect_uri={BYE}&state=s"
        ))
        .await;
    let link = page
        .body
        .split("class=\"button\" href=\"")
        .nth(1)
        .expect("a link");
    let link = link.split('"').next().unwrap().replace("&#38;", "&");
    // Another browser cannot use the link.
    let mut other = Browser::of(&server);
    other.openid_tokens().await;
    assert_eq!(other.get(&link).await.header("location"), None);
    assert!(other.is_signed_in().await);
    let done = browser.get(&link).await;
    assert!(!browser.is_signed_in().await);
    // Nobody listens at the application's address.
    assert_eq!(done.status, 200, "{done}");
    assert!(
        done.body
            .contains("<dt>Portal</dt><dd>not reached yet; we keep trying</dd>"),
        "{done}"
    );
    assert!(
        done.body
            .contains("href=\"https://app.example.com:9090/bye?state=s\""),
        "{done}"
    );
}

#[tokio::test]
async fn hint_of_this_session_makes_the_question_needless() {
    let server = TestServer::start().await;
    let mut browser = Browser::of(&server);
    let tokens = browser.openid_tokens().await;
    let hint = tokens["id_token"].as_str().unwrap();
    let asked = format!("{OUT}?id_token_hint={hint}&post_logout_redirect_uri={BYE}");
    // By POST, from the application's page: it comes back as a GET.
    let (path, form) = asked.split_once('?').unwrap();
    let post = Call::post(HORACIUS, path).body("application/x-www-form-urlencoded", form);
    let back = server.answer(post).await;
    assert_eq!(
        (back.status, back.header("location")),
        (303, Some(asked.as_str()))
    );
    let done = browser.get(&asked).await;
    assert!(done.body.contains("You are signed out"), "{done}");
    assert!(!browser.is_signed_in().await);
    // Nobody is signed in: straight back.
    let again = browser.get(&asked).await;
    assert_eq!(
        again.header("location"),
        Some("https://app.example.com:9090/bye")
    );
}

#[tokio::test]
async fn unregistered_address_is_an_error_page_and_the_session_goes_on() {
    let server = TestServer::start().await;
    let mut browser = Browser::of(&server);
    let tokens = browser.openid_tokens().await;
    let hint = tokens["id_token"].as_str().unwrap();
    for bad in [
        "https%3A%2F%2Fevil.example.com%2F",
        "javascript%3Aalert(1)",
        "%2F%2Fevil.example.com",
    ] {
        let asked = format!("{OUT}?id_token_hint={hint}&post_logout_redirect_uri={bad}");
        let answer = browser.get(&asked).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (400, None),
            "{bad}"
        );
        assert!(
            answer.body.contains("oauth.post_logout_redirect_uri"),
            "{answer}"
        );
    }
    assert!(browser.is_signed_in().await);
}
