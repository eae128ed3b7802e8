//! The document's steps, for tests that begin where one of them ends.

use super::{ADFS, Answer, Call, GRID, TestServer};

/// Step b: the URL that the grid hands out for `account`.
pub(crate) async fn authentication_url(server: &TestServer, account: &str) -> String {
    let body = format!(r#"{{"accountId": "{account}"}}"#);
    let begun = Call::post(GRID, "/api/v3/authorize-saml").json(&body);
    server.answer(begun).await.data()
}

/// Steps b to i: the SAMLResponse that AD FS issues to `user` for `account`.
pub(crate) async fn saml_response(
    server: &TestServer,
    account: &str,
    user: &str,
    password: &str,
) -> String {
    let url = authentication_url(server, account).await;
    response_from(server, &url, (user, password)).await
}

/// Steps c to i, from the URL on.
pub(crate) async fn response_from(
    server: &TestServer,
    url: &str,
    (user, password): (&str, &str),
) -> String {
    let target = url
        .strip_prefix("https://adfs.example.com")
        .expect("the provider's URL");
    let page = server.answer(Call::get(ADFS, target)).await;
    let action = between(&page.body, "action=\"", "\"");
    let credentials = [
        ("UserName", user),
        ("Password", password),
        ("AuthMethod", "FormsAuthentication"),
    ];
    let signed_in = server
        .answer(Call::post(ADFS, action).form(&credentials))
        .await;
    assert_eq!(signed_in.status, 302, "{signed_in}");
    let cookie = between(signed_in.header("set-cookie").expect("MSISAuth"), "", ";").to_owned();
    let page = server
        .answer(Call::get(ADFS, action).header("Cookie", &cookie))
        .await;
    between(&page.body, "name=\"SAMLResponse\" value=\"", "\"").to_owned()
}

/// Step j: the answer to a response.
pub(crate) async fn redeem(server: &TestServer, response: &str, relay_state: &str) -> Answer {
    let fields = [("SAMLResponse", response), ("RelayState", relay_state)];
    server
        .answer(
            Call::post(GRID, "/api/saml-response")
                .header("Accept", "application/json")
                .form(&fields),
        )
        .await
}

/// All steps: a token for `account`.
pub(crate) async fn token(server: &TestServer, account: &str) -> String {
    let response = saml_response(server, account, "ana@my-domain", TestServer::PASSWORD).await;
    redeem(server, &response, account).await.data()
}

/// What stands between two marks.
pub(crate) fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let start = text
        .find(before)
        .unwrap_or_else(|| panic!("{before:?} is not in {text}"))
        + before.len();
    text[start..].split(after).next().unwrap()
}
