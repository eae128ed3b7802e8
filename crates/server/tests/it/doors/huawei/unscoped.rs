use super::{redeem, saml_response};
use crate::support::cloud::{IAM, IAM_REGION};
use crate::support::{Answer, Call, TestServer};

const PATH: &str = "/v3.0/OS-FEDERATION/tokens";

pub(super) fn code(answer: &Answer) -> (u16, String) {
    let body = answer.json();
    assert!(body["error_msg"].is_string(), "{answer}");
    (
        answer.status,
        body["error_code"].as_str().unwrap().to_owned(),
    )
}

#[tokio::test]
async fn response_of_the_identity_provider_buys_one_unscoped_token() {
    let server = TestServer::start().await;
    let response = saml_response(&server, "ana").await;
    let answer = redeem(&server, "ACME", &response).await;
    assert_eq!(answer.status, 201, "{answer}");
    assert!(answer.header("x-subject-token").unwrap().len() > 20);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    insta::assert_snapshot!(answer.body, @r#"{"token":{"expires_at":"2018-11-07T16:30:23.355000Z","methods":["mapped"],"issued_at":"2018-11-06T16:30:23.355000Z","user":{"OS-FEDERATION":{"identity_provider":{"id":"ACME"},"protocol":{"id":"saml"},"groups":[{"id":"06aa22601502cec4a23ac0084a74038f","name":"admin"}]},"domain":{"name":"IAMDomain","id":"06ba0970a097acc0f36c0086bb6cfe0"},"name":"FederationUser","id":"Zbp404Qwd66FMKMwWfzrVoqIJsboL9NR"}}}"#);

    let again = redeem(&server, "ACME", &response).await;
    assert_eq!(code(&again), (401, "IAM.0001".to_owned()));
}

#[tokio::test]
async fn person_keeps_one_identifier_and_shares_it_with_nobody() {
    let server = TestServer::start().await;
    let mut ids = Vec::new();
    for user in ["ana", "ana@my-domain", "outsider"] {
        let response = saml_response(&server, user).await;
        let user = redeem(&server, "ACME", &response).await.json()["token"]["user"].take();
        ids.push(user["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
}

#[tokio::test]
async fn outsider_gets_a_token_without_groups() {
    let server = TestServer::start().await;
    let response = saml_response(&server, "outsider").await;
    let token = redeem(&server, "ACME", &response).await.json();
    assert_eq!(
        token["token"]["user"]["OS-FEDERATION"]["groups"],
        serde_json::json!([])
    );
}

#[tokio::test]
async fn every_regional_endpoint_and_whatever_an_sdk_adds_is_equal() {
    let server = TestServer::start().await;
    let response = saml_response(&server, "ana").await;
    let call = Call::post(IAM_REGION, PATH)
        .header("X-Idp-Id", "ACME")
        .header("X-Domain-Id", "someone-else")
        .header("X-Sdk-Date", "20200212T142134Z")
        .header("X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD")
        .header("Authorization", "SDK-HMAC-SHA256 Access=AK, Signature=00")
        .form(&[("SAMLResponse", &response)]);
    assert_eq!(server.answer(call).await.status, 201);
}

#[tokio::test]
async fn response_counts_only_for_the_provider_that_issued_it_and_stays_usable() {
    let server = TestServer::start().await;
    let response = saml_response(&server, "ana").await;
    for (provider, wanted) in [("OTHER", "IAM.0002"), ("QUIET", "IAM.0002")] {
        let answer = redeem(&server, provider, &response).await;
        assert_eq!(code(&answer), (403, wanted.to_owned()), "{provider}");
    }
    assert_eq!(redeem(&server, "ACME", &response).await.status, 201);
}

#[tokio::test]
async fn bad_request_is_told_apart_from_a_response_that_is_not_believed() {
    let server = TestServer::start().await;
    let response = saml_response(&server, "ana").await;
    let form = [("SAMLResponse", response.as_str())];
    let call = || Call::post(IAM, PATH);
    let from_acme = || call().header("X-Idp-Id", "ACME");
    let doubled = [form[0], form[0]];
    for (what, call, wanted) in [
        ("no X-Idp-Id", call().form(&form), "IAM.0072"),
        (
            "empty X-Idp-Id",
            call().header("X-Idp-Id", "").form(&form),
            "IAM.0072",
        ),
        ("no response", from_acme().form(&[("x", "y")]), "IAM.0072"),
        (
            "empty response",
            from_acme().form(&[("SAMLResponse", "")]),
            "IAM.0072",
        ),
        ("two responses", from_acme().form(&doubled), "IAM.0007"),
        (
            "no base64",
            from_acme().form(&[("SAMLResponse", "%%%")]),
            "IAM.0007",
        ),
        (
            "no XML",
            from_acme().form(&[("SAMLResponse", "aGVsbG8=")]),
            "IAM.0007",
        ),
        ("no form", from_acme().json("{}"), "IAM.0011"),
    ] {
        let answer = server.answer(call).await;
        assert_eq!(code(&answer), (400, wanted.to_owned()), "{what}");
    }
    let answer = server.answer(Call::get(IAM, PATH)).await;
    assert_eq!(answer.status, 405, "{answer}");
    code(&answer);
    let large = "A".repeat(4 << 20);
    let answer = redeem(&server, "ACME", &large).await;
    assert_eq!(code(&answer), (413, "IAM.1101".to_owned()));
    assert_eq!(redeem(&server, "ACME", &response).await.status, 201);
}

#[tokio::test]
async fn store_that_is_away_is_no_fault_of_the_response() {
    let server = TestServer::start().await;
    let response = saml_response(&server, "ana").await;
    server.break_store().await;
    let answer = redeem(&server, "ACME", &response).await;
    assert_eq!(code(&answer), (503, "IAM.0006".to_owned()));
    assert!(answer.header("retry-after").is_some());
}
