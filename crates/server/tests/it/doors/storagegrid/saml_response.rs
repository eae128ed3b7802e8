//! `POST /api/saml-response`.

use crate::support::sign_on::{redeem, saml_response};
use crate::support::{Answer, Call, GRID, TestServer};
use jiff::SignedDuration;

async fn for_ana(server: &TestServer) -> String {
    saml_response(server, "12345", "ana@my-domain", TestServer::PASSWORD).await
}

async fn post(server: &TestServer, fields: &[(&str, &str)]) -> Answer {
    server
        .answer(Call::post(GRID, "/api/saml-response").form(fields))
        .await
}

#[tokio::test]
async fn a_response_buys_one_token() {
    let server = TestServer::start().await;
    let response = for_ana(&server).await;
    let answer = redeem(&server, &response, "12345").await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(
        answer.header("cache-control"),
        Some("private, no-cache, max-age=57599")
    );
    assert_eq!(
        answer.header("expires"),
        Some("Wed, 07 Nov 2018 08:30:23 GMT")
    );
    assert!(uuid::Uuid::try_parse(&answer.data()).is_ok());
    let again = redeem(&server, &response, "12345").await;
    insta::assert_snapshot!(again, @r#"
    401
    cache-control: no-store
    connection: close
    content-length: 249
    content-type: application/json
    referrer-policy: no-referrer
    strict-transport-security: max-age=31536000
    www-authenticate: Bearer
    x-content-type-options: nosniff

    {"apiVersion":"3.0","code":401,"errors":[{"key":"assertion.replayed","text":"The SAML response was refused."}],"message":{"key":"assertion.replayed","text":"The SAML response was refused."},"responseTime":"2018-11-06T16:30:23.355Z","status":"error"}
    "#);
}

#[tokio::test]
async fn a_multipart_form_and_the_versioned_path_do_the_same() {
    let server = TestServer::start().await;
    let part = |name: &str, value: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let body =
        part("SAMLResponse", &for_ana(&server).await) + &part("RelayState", "12345") + "--x--\r\n";
    let call =
        Call::post(GRID, "/api/v3/saml-response").body("multipart/form-data; boundary=x", body);
    assert_eq!(server.answer(call).await.status, 200);
}

#[tokio::test]
async fn a_response_that_was_not_percent_encoded_gets_the_documented_text() {
    let server = TestServer::start().await;
    let response = for_ana(&server).await;
    let raw = format!("SAMLResponse={response}&RelayState=12345");
    assert!(
        raw.contains('+'),
        "a response of this size has a plus sign somewhere"
    );
    let answer = server
        .answer(
            Call::post(GRID, "/api/saml-response").body("application/x-www-form-urlencoded", raw),
        )
        .await;
    insta::assert_snapshot!(answer, @r#"
    401
    cache-control: no-store
    connection: close
    content-length: 223
    content-type: application/json
    referrer-policy: no-referrer
    strict-transport-security: max-age=31536000
    www-authenticate: Bearer
    x-content-type-options: nosniff

    {"apiVersion":"3.0","code":401,"errors":[{"key":"bind.spaces","text":"Unsupported SAML version"}],"message":{"key":"bind.spaces","text":"Unsupported SAML version"},"responseTime":"2018-11-06T16:30:23.355Z","status":"error"}
    "#);
    assert_eq!(
        redeem(&server, &response, "12345").await.status,
        200,
        "it did not use the response up"
    );
}

#[tokio::test]
async fn a_response_that_took_too_long_gets_the_documented_text() {
    let server = TestServer::start().await;
    let response = for_ana(&server).await;
    server.clock.advance(SignedDuration::from_mins(6));
    let answer = redeem(&server, &response, "12345").await;
    insta::assert_snapshot!(answer, @r#"
    401
    cache-control: no-store
    connection: close
    content-length: 329
    content-type: application/json
    referrer-policy: no-referrer
    strict-transport-security: max-age=31536000
    www-authenticate: Bearer
    x-content-type-options: nosniff

    {"apiVersion":"3.0","code":401,"errors":[{"key":"assertion.confirmation_expired","text":"A valid SubjectConfirmation was not found on this Response"}],"message":{"key":"assertion.confirmation_expired","text":"A valid SubjectConfirmation was not found on this Response"},"responseTime":"2018-11-06T16:36:23.355Z","status":"error"}
    "#);
}

#[tokio::test]
async fn a_doubled_parameter_is_ambiguous() {
    let server = TestServer::start().await;
    let response = for_ana(&server).await;
    let fields = [("SAMLResponse", response.as_str()), ("RelayState", "12345")];
    for extra in [
        ("SAMLResponse", response.as_str()),
        ("RelayState", "12345"),
        ("SAMLRequest", "x"),
    ] {
        let answer = post(&server, &[fields[0], fields[1], extra]).await;
        assert_eq!(
            (answer.status, answer.key().as_str()),
            (401, "bind.ambiguous"),
            "{}",
            extra.0
        );
    }
    assert_eq!(post(&server, &fields).await.status, 200);
}

#[tokio::test]
async fn a_form_without_a_response_is_a_bad_request() {
    let server = TestServer::start().await;
    let answer = post(&server, &[("RelayState", "12345")]).await;
    insta::assert_snapshot!(answer, @r#"
    400
    cache-control: no-store
    connection: close
    content-length: 255
    content-type: application/json
    referrer-policy: no-referrer
    strict-transport-security: max-age=31536000
    x-content-type-options: nosniff

    {"apiVersion":"3.0","code":400,"errors":[{"key":"bind.missing","text":"The parameter SAMLResponse is required."}],"message":{"key":"bind.missing","text":"The parameter SAMLResponse is required."},"responseTime":"2018-11-06T16:30:23.355Z","status":"error"}
    "#);
    let text = server
        .answer(Call::post(GRID, "/api/saml-response").body("text/plain", "SAMLResponse=a"))
        .await;
    assert_eq!(text.status, 415);
}

#[tokio::test]
async fn the_relay_state_names_the_account_of_the_request() {
    let server = TestServer::start().await;
    let response = for_ana(&server).await;
    let answer = redeem(&server, &response, "0").await;
    assert_eq!(
        (answer.status, answer.key().as_str()),
        (401, "relay_state.account")
    );
    assert_eq!(redeem(&server, &response, "12345").await.status, 200);
}

#[tokio::test]
async fn a_person_in_no_admitted_group_gets_no_token() {
    let server = TestServer::start().await;
    let response =
        saml_response(&server, "12345", "outsider@my-domain", TestServer::PASSWORD).await;
    let answer = redeem(&server, &response, "12345").await;
    assert_eq!(
        (answer.status, answer.key().as_str()),
        (401, "account.not_admitted")
    );
}

#[tokio::test]
async fn a_changed_assertion_fails_and_the_answer_does_not_say_where() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let server = TestServer::start().await;
    let response = for_ana(&server).await;
    let xml = String::from_utf8(STANDARD.decode(&response).unwrap()).unwrap();
    let forged = xml.replacen("storage-admins", "storage-admin2", 1);
    assert_ne!(forged, xml);
    let answer = redeem(&server, &STANDARD.encode(forged), "12345").await;
    insta::assert_snapshot!(answer, @r#"
    401
    cache-control: no-store
    connection: close
    content-length: 241
    content-type: application/json
    referrer-policy: no-referrer
    strict-transport-security: max-age=31536000
    www-authenticate: Bearer
    x-content-type-options: nosniff

    {"apiVersion":"3.0","code":401,"errors":[{"key":"saml.signature","text":"The SAML response was refused."}],"message":{"key":"saml.signature","text":"The SAML response was refused."},"responseTime":"2018-11-06T16:30:23.355Z","status":"error"}
    "#);
    assert_eq!(redeem(&server, &response, "12345").await.status, 200);
}
