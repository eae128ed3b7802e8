//! Sign-on for people in browsers.

use crate::support::sign_on::{between, response_from};
use crate::support::{Answer, Call, GRID, TestServer};

const HTML: &str = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8";

/// The cookies of an answer, as a browser sends them back.
fn cookies(answer: &Answer) -> String {
    let set = answer
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie");
    let pairs = set.map(|(_, value)| value.split(';').next().unwrap());
    let kept: Vec<&str> = pairs.filter(|pair| !pair.ends_with('=')).collect();
    kept.join("; ")
}

/// A browser on its way back: its cookies, and the response that it is about to post.
async fn on_the_way(server: &TestServer, target: &str) -> (String, String) {
    let begun = server.answer(Call::get(GRID, target)).await;
    assert_eq!(begun.status, 302, "{begun}");
    let url = begun.header("location").unwrap();
    let response = response_from(server, url, ("ana@my-domain", TestServer::PASSWORD)).await;
    (cookies(&begun), response)
}

async fn post(server: &TestServer, cookies: &str, fields: &[(&str, &str)]) -> Answer {
    let call = Call::post(GRID, "/api/saml-response").header("Accept", HTML);
    server
        .answer(call.header("Cookie", cookies).form(fields))
        .await
}

async fn page(server: &TestServer, path: &str, cookies: &str) -> Answer {
    let call = Call::get(GRID, path).header("Accept", HTML);
    server.answer(call.header("Cookie", cookies)).await
}

#[tokio::test]
async fn a_browser_comes_back_to_the_page_of_its_account() {
    let server = TestServer::start().await;
    for (account, path) in [("12345", "/account"), ("0", "/grid")] {
        let (bound, response) = on_the_way(&server, &format!("/sign-on?accountId={account}")).await;
        let fields = [("SAMLResponse", response.as_str()), ("RelayState", account)];
        let back = post(&server, &bound, &fields).await;
        assert_eq!((back.status, back.header("location")), (302, Some(path)));
        let session = cookies(&back);
        let shown = page(&server, path, &session).await;
        assert_eq!(shown.status, 200, "{shown}");
        assert!(shown.body.contains("Ana Souza"), "{shown}");
        assert!(shown.body.contains(&format!("Account {account}")));
        assert_eq!(page(&server, path, "").await.status, 401);
    }
}

#[tokio::test]
async fn without_a_relay_state_the_accounts_to_choose_from_are_shown() {
    let server = TestServer::start().await;
    let (bound, response) = on_the_way(&server, "/sign-on?accountId=12345").await;
    let back = post(&server, &bound, &[("SAMLResponse", &response)]).await;
    assert_eq!(back.header("location"), Some("/accounts"));
    let shown = page(&server, "/accounts", &cookies(&back)).await;
    let list = between(&shown.body, "<ul id=\"accounts\">", "</ul>");
    assert!(list.contains("accountId=0\"") && list.contains("accountId=12345\""));
    assert!(
        !list.contains("55555"),
        "it has passwords of its own: {list}"
    );
}

#[tokio::test]
async fn a_browser_goes_where_it_wanted_to_go_but_never_away() {
    let server = TestServer::start().await;
    for (wanted, location) in [
        ("%2Freports%3Fmonth%3D11", "/reports?month=11"),
        ("%2F%2Fevil.example.com", "/account"),
        ("https%3A%2F%2Fevil.example.com", "/account"),
    ] {
        let target = format!("/sign-on?accountId=12345&return={wanted}");
        let (bound, response) = on_the_way(&server, &target).await;
        let fields = [("SAMLResponse", response.as_str()), ("RelayState", "12345")];
        let back = post(&server, &bound, &fields).await;
        assert_eq!(back.header("location"), Some(location));
    }
}

#[tokio::test]
async fn a_sign_on_that_began_in_another_browser_ends_nowhere() {
    let server = TestServer::start().await;
    let (bound, response) = on_the_way(&server, "/sign-on?accountId=12345").await;
    let (others, _) = on_the_way(&server, "/sign-on?accountId=12345").await;
    let fields = [("SAMLResponse", response.as_str()), ("RelayState", "12345")];
    for cookies in [
        "",
        others.as_str(),
        "__Host-SsoRequest=.",
        "__Host-SsoRequest=x",
    ] {
        let refused = post(&server, cookies, &fields).await;
        assert_eq!(refused.status, 401, "{refused}");
        assert!(refused.body.contains("sign_on.browser"), "{refused}");
        assert_eq!(refused.header("set-cookie"), None);
    }
    // Nothing was consumed.
    assert_eq!(post(&server, &bound, &fields).await.status, 302);
    // And it buys one token, for a browser too.
    let again = post(&server, &bound, &fields).await;
    assert!(again.body.contains("assertion.replayed"), "{again}");
}

#[tokio::test]
async fn leaving_ends_the_session_here_and_at_the_provider() {
    let server = TestServer::start().await;
    let (bound, response) = on_the_way(&server, "/sign-on?accountId=12345").await;
    let fields = [("SAMLResponse", response.as_str()), ("RelayState", "12345")];
    let session = cookies(&post(&server, &bound, &fields).await);
    let shown = page(&server, "/account", &session).await;
    let companion = between(&shown.body, "name=\"csrfToken\" value=\"", "\"");
    let leave = async |companion: &str| {
        let call = Call::post(GRID, "/sign-out").header("Cookie", &session);
        server.answer(call.form(&[("csrfToken", companion)])).await
    };
    assert_eq!(leave("x").await.status, 403);
    let leaving = leave(companion).await;
    assert_eq!(leaving.status, 200, "{leaving}");
    assert_eq!(cookies(&leaving), "", "both cookies are gone");
    let url = between(&leaving.body, "class=\"button\" href=\"", "\"").replace("&#38;", "&");
    let target = url.strip_prefix("https://adfs.example.com").unwrap();
    let answered = server.answer(Call::get(crate::support::ADFS, target)).await;
    let back = answered.header("location").unwrap();
    let back = back
        .strip_prefix("https://storagegrid.example.com:443")
        .unwrap();
    let done = page(&server, back, "").await;
    assert!(done.body.contains("You are signed out"), "{done}");
    assert_eq!(page(&server, "/account", &session).await.status, 401);
}
