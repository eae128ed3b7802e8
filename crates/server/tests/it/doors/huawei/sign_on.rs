//! Sign-on that begins at the cloud: browsers, enhanced clients, and what clients ask first.

use super::between;
use crate::support::cloud::{ACME, DASHBOARD, IAM};
use crate::support::{Answer, Call, TestServer};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use saml::ecp;

const AUTH: &str = "/v3/OS-FEDERATION/identity_providers/ACME/protocols/saml/auth";
const WEBSSO: &str = "/v3/auth/OS-FEDERATION/identity_providers/ACME/protocols/saml/websso";
const POSTED: &str = "/v3-ext/auth/OS-FEDERATION/SSO/SAML2/POST";
const CARRIED: &str = "/v3-ext/auth/OS-FEDERATION/SSO/SAML2/ECP";
const ENHANCED: &str = "/idp/profile/SAML2/SOAP/ECP";
const PAOS: &str =
    r#"ver="urn:liberty:paos:2003-08";"urn:oasis:names:tc:SAML:2.0:profiles:SSO:ecp""#;

/// A browser that went to `start` and signed in at ACME: the cloud's cookie, and the response that it posts back.
async fn in_browser(server: &TestServer, start: &str) -> (String, String) {
    let sent = server.answer(Call::get(IAM, start)).await;
    assert_eq!(sent.status, 302, "{sent}");
    let cookie = between(sent.header("set-cookie").expect("a cookie"), "", ";").to_owned();
    let location = sent.header("location").unwrap();
    let target = location
        .strip_prefix("https://idp.example.org")
        .expect("ACME's host");
    let page = server.answer(Call::get(ACME, target)).await;
    assert_eq!(page.status, 200, "{page}");
    let own = between(page.header("set-cookie").expect("a cookie"), "", ";").to_owned();
    let action = between(&page.body, "action=\"", "\"");
    let typed = Call::post(ACME, action)
        .header("Cookie", &own)
        .form(&[("j_username", "ana"), ("j_password", TestServer::PASSWORD)]);
    let handed = server.answer(typed).await;
    assert!(
        handed
            .body
            .contains(&format!("action=\"https://{IAM}{POSTED}\"")),
        "{handed}"
    );
    let response = between(&handed.body, "name=\"SAMLResponse\" value=\"", "\"");
    (cookie, response.to_owned())
}

async fn post(server: &TestServer, cookie: Option<&str>, response: &str) -> Answer {
    let call = Call::post(IAM, POSTED);
    let call = match cookie {
        Some(cookie) => call.header("Cookie", cookie),
        None => call,
    };
    server
        .answer(call.form(&[("SAMLResponse", response)]))
        .await
}

/// What the cloud asks an enhanced client to carry.
async fn asked(server: &TestServer) -> Answer {
    let call = Call::get(IAM, AUTH)
        .header("Accept", &format!("application/json,{}", ecp::MEDIA_TYPE))
        .header("PAOS", PAOS);
    server.answer(call).await
}

/// ACME's answer to a client that carries `envelope` and says it is `user`.
async fn carry(server: &TestServer, user: Option<&str>, envelope: &str) -> Answer {
    let call = Call::post(ACME, ENHANCED).body("text/xml", envelope);
    let call = match user {
        Some(typed) => call.header(
            "Authorization",
            &format!("Basic {}", STANDARD.encode(typed)),
        ),
        None => call,
    };
    server.answer(call).await
}

async fn bring(server: &TestServer, media_type: &str, envelope: &str) -> Answer {
    server
        .answer(Call::post(IAM, CARRIED).body(media_type, envelope))
        .await
}

fn ana() -> String {
    format!("ana:{}", TestServer::PASSWORD)
}

/// The header block that a client copies.
fn relay_state(envelope: &str) -> String {
    let start = envelope.find("<ecp:RelayState").expect("a block");
    let end = envelope.find("</ecp:RelayState>").unwrap() + "</ecp:RelayState>".len();
    envelope[start..end].to_owned()
}

fn with_state(answer: &str, state: &str) -> String {
    let (before, rest) = answer.split_once("<S:Header>").unwrap();
    let (_, after) = rest.split_once("</S:Header>").unwrap();
    format!("{before}<S:Header>{state}</S:Header>{after}")
}

#[tokio::test]
async fn browser_goes_to_its_identity_provider_and_comes_back_with_a_token() {
    let server = TestServer::start().await;
    let (cookie, response) = in_browser(&server, AUTH).await;
    let answer = post(&server, Some(&cookie), &response).await;
    assert_eq!(answer.status, 201, "{answer}");
    assert!(answer.header("x-subject-token").is_some());
    let user = answer.json()["token"]["user"].take();
    assert_eq!(user["OS-FEDERATION"]["protocol"]["id"], "saml");
    assert_eq!(user["OS-FEDERATION"]["identity_provider"]["id"], "ACME");
    let forgotten = answer.header("set-cookie").unwrap();
    assert!(forgotten.contains("Max-Age=0"), "{forgotten}");
    assert_eq!(post(&server, Some(&cookie), &response).await.status, 401);
}

#[tokio::test]
async fn response_in_another_browser_gives_no_token() {
    let server = TestServer::start().await;
    let (cookie, response) = in_browser(&server, AUTH).await;
    let (other, _) = in_browser(&server, AUTH).await;
    for shown in [None, Some(other.as_str())] {
        assert_eq!(post(&server, shown, &response).await.status, 401);
    }
    assert_eq!(post(&server, Some(&cookie), &response).await.status, 201);
}

#[tokio::test]
async fn token_is_posted_to_a_dashboard_that_the_operator_wrote_down() {
    let server = TestServer::start().await;
    let start = |origin: &str| {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("origin", origin)
            .finish();
        format!("{WEBSSO}?{query}")
    };
    let (cookie, response) = in_browser(&server, &start(DASHBOARD)).await;
    let page = post(&server, Some(&cookie), &response).await;
    assert_eq!(page.status, 200, "{page}");
    assert!(
        page.body.contains(&format!("action=\"{DASHBOARD}\"")),
        "{page}"
    );
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.contains(&format!("form-action {DASHBOARD}")),
        "{policy}"
    );
    let token = between(&page.body, "name=\"token\" value=\"", "\"");
    let call = Call::get(IAM, "/v3/auth/tokens")
        .header("X-Auth-Token", token)
        .header("X-Subject-Token", token);
    assert_eq!(server.answer(call).await.status, 200);

    for other in [
        "https://evil.example.com/",
        "https://console.example.com/auth/websso",
        "https://console.example.com/auth/websso/?x",
        "",
    ] {
        let refused = server.answer(Call::get(IAM, &start(other))).await;
        assert_eq!(refused.status, 403, "{other} {refused}");
    }
    assert_eq!(server.answer(Call::get(IAM, WEBSSO)).await.status, 400);
}

#[tokio::test]
async fn enhanced_client_carries_its_request_and_brings_a_token_home() {
    let server = TestServer::start().await;
    let request = asked(&server).await;
    assert_eq!(request.status, 200, "{request}");
    assert_eq!(
        request.header("content-type"),
        Some("application/vnd.paos+xml")
    );
    let consumer = format!("https://{IAM}{CARRIED}");
    assert!(
        request
            .body
            .contains(&format!("responseConsumerURL=\"{consumer}\""))
    );

    let answer = carry(&server, Some(&ana()), &request.body).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert!(
        answer
            .body
            .contains(&format!("AssertionConsumerServiceURL=\"{consumer}\""))
    );
    let envelope = with_state(&answer.body, &relay_state(&request.body));
    for media_type in ["text/xml", "application/x-www-form-urlencoded", ""] {
        let refused = bring(&server, media_type, &envelope).await;
        assert_eq!(refused.status, 400, "{media_type} {refused}");
    }
    let other = relay_state(&asked(&server).await.body);
    let swapped = with_state(&answer.body, &other);
    assert_eq!(bring(&server, ecp::MEDIA_TYPE, &swapped).await.status, 401);
    let token = bring(&server, ecp::MEDIA_TYPE, &envelope).await;
    assert_eq!(token.status, 201, "{token}");
    assert!(token.header("x-subject-token").is_some());
    assert_eq!(bring(&server, ecp::MEDIA_TYPE, &envelope).await.status, 401);
}

#[tokio::test]
async fn client_is_told_in_a_fault_why_it_gets_no_response() {
    let server = TestServer::start().await;
    let request = asked(&server).await.body;
    let careful = format!("careful:{}", TestServer::PASSWORD);
    let understood = request.replacen("<S:Header>", "<S:Header><x S:mustUnderstand=\"1\"></x>", 1);
    let elsewhere = request.replace(CARRIED, POSTED);
    let ana = ana();
    for (what, user, envelope, status, code) in [
        ("nobody", None, &request, 401, "login.credentials"),
        (
            "a wrong password",
            Some("ana:wrong"),
            &request,
            401,
            "login.credentials",
        ),
        (
            "a second factor",
            Some(careful.as_str()),
            &request,
            403,
            "login.second_factor",
        ),
        (
            "no envelope",
            Some(ana.as_str()),
            &"<a/>".to_owned(),
            400,
            "soap.envelope",
        ),
        (
            "no XML",
            Some(ana.as_str()),
            &"a=b".to_owned(),
            400,
            "xml.malformed",
        ),
        (
            "a strange block",
            Some(ana.as_str()),
            &understood,
            400,
            "soap.must_understand",
        ),
        (
            "another consumer",
            Some(ana.as_str()),
            &elsewhere,
            400,
            "sig.digest",
        ),
    ] {
        let fault = carry(&server, user, envelope).await;
        assert_eq!(fault.status, status, "{what} {fault}");
        assert!(fault.body.contains("<S:Fault>"), "{what} {fault}");
        assert!(
            fault.body.contains(&format!("<code>{code}</code>")),
            "{what} {fault}"
        );
        assert_eq!(
            fault.header("www-authenticate").is_some(),
            status == 401,
            "{what}"
        );
    }
    let large = "A".repeat(4 << 20);
    assert_eq!(carry(&server, Some(&ana), &large).await.status, 413);
    let foreign = Call::post(ACME, ENHANCED)
        .header("Sec-Fetch-Site", "cross-site")
        .header("Authorization", &format!("Basic {}", STANDARD.encode(&ana)))
        .body("text/xml", request.as_str());
    assert_eq!(server.answer(foreign).await.status, 403);
    assert_eq!(
        carry(&server, Some(&ana), &request).await.status,
        200,
        "control"
    );
}

#[tokio::test]
async fn what_begins_no_sign_on_says_so() {
    let server = TestServer::start().await;
    let path = |provider: &str, protocol: &str| {
        format!("/v3/OS-FEDERATION/identity_providers/{provider}/protocols/{protocol}/auth")
    };
    for (provider, protocol, status) in [
        ("ACME", "saml", 302),
        ("ACME", "kerberos", 404),
        ("NOBODY", "saml", 403),
    ] {
        let answer = server
            .answer(Call::get(IAM, &path(provider, protocol)))
            .await;
        assert_eq!(answer.status, status, "{provider} {protocol} {answer}");
    }
    let by_id_token = |call: Call<'static>| server.answer(call);
    let openid = path("ACME", "oidc");
    assert_eq!(by_id_token(Call::post(IAM, &openid)).await.status, 400);
    assert_eq!(
        by_id_token(Call::post(IAM, &openid).bearer("a.b.c"))
            .await
            .status,
        403
    );
    assert_eq!(
        by_id_token(Call::post(IAM, &path("ACME", "saml")).bearer("a.b.c"))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn clients_find_the_version_that_there_is() {
    let server = TestServer::start().await;
    let all = server.answer(Call::get(IAM, "/")).await;
    assert_eq!(all.status, 300, "{all}");
    assert_eq!(all.json()["versions"]["values"][0]["id"], "v3.14");
    for path in ["/v3", "/v3/"] {
        let one = server.answer(Call::get(IAM, path)).await;
        assert_eq!(one.status, 200, "{one}");
        let version = one.json()["version"].take();
        assert_eq!(version["status"], "stable");
        assert_eq!(version["links"][0]["href"], format!("https://{IAM}/v3/"));
    }
}

#[tokio::test]
async fn metadata_names_both_consumers_and_the_service_by_soap() {
    let server = TestServer::start().await;
    let ours = server
        .answer(Call::get(IAM, "/v3-ext/auth/OS-FEDERATION/SSO/metadata"))
        .await;
    assert!(
        ours.body.contains(&format!("https://{IAM}{CARRIED}")),
        "{ours}"
    );
    assert!(
        ours.body
            .contains("urn:oasis:names:tc:SAML:2.0:bindings:PAOS")
    );
    let theirs = server.answer(Call::get(ACME, "/idp/shibboleth")).await;
    assert!(
        theirs.body.contains(&format!("https://{ACME}{ENHANCED}")),
        "{theirs}"
    );
    assert!(
        theirs
            .body
            .contains("urn:oasis:names:tc:SAML:2.0:bindings:SOAP")
    );
}
