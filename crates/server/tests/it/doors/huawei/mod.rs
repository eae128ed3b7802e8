//! Huawei Cloud IAM's federation, from outside.

mod elsewhere;
mod hostile;
mod metadata;
mod openid;
mod refusals;
mod registration;
mod scoped;
mod sign_on;
mod signed;
mod unscoped;

use crate::support::cloud::{ACME, IAM, PROJECT};
use crate::support::{Answer, Call, TestServer};
use serde_json::json;

const START: &str = "/idp/profile/SAML2/Unsolicited/SSO?providerId=iam.example.com";

/// The document's step 1 and 2: the response that ACME issues to `user`.
pub(super) async fn saml_response(server: &TestServer, user: &str) -> String {
    let page = server.answer(Call::get(ACME, START)).await;
    assert_eq!(page.status, 200, "{page}");
    let cookie = between(page.header("set-cookie").expect("a cookie"), "", ";").to_owned();
    let action = between(&page.body, "action=\"", "\"");
    let signed_in = server
        .answer(
            Call::post(ACME, action)
                .header("Cookie", &cookie)
                .form(&[("j_username", user), ("j_password", TestServer::PASSWORD)]),
        )
        .await;
    assert_eq!(signed_in.status, 200, "{signed_in}");
    between(&signed_in.body, "name=\"SAMLResponse\" value=\"", "\"").to_owned()
}

/// The call of the document.
pub(super) async fn redeem(server: &TestServer, provider: &str, response: &str) -> Answer {
    let call = Call::post(IAM, "/v3.0/OS-FEDERATION/tokens").header("X-Idp-Id", provider);
    server
        .answer(call.form(&[("SAMLResponse", response)]))
        .await
}

/// An unscoped token of `user`.
pub(super) async fn unscoped(server: &TestServer, user: &str) -> String {
    let answer = redeem(server, "ACME", &saml_response(server, user).await).await;
    assert_eq!(answer.status, 201, "{answer}");
    answer.header("x-subject-token").unwrap().to_owned()
}

/// A token for the project, made of an unscoped one.
pub(super) async fn scoped(server: &TestServer, token: &str) -> String {
    let identity = json!({"methods": ["token"], "token": {"id": token}});
    let scope = json!({"project": {"id": PROJECT}});
    let body = json!({"auth": {"identity": identity, "scope": scope}});
    let answer = server
        .answer(Call::post(IAM, "/v3/auth/tokens").json(&body.to_string()))
        .await;
    assert_eq!(answer.status, 201, "{answer}");
    answer.header("x-subject-token").unwrap().to_owned()
}

pub(super) fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before}: {text}"));
    rest.split_once(after).map_or(rest, |(found, _)| found)
}
