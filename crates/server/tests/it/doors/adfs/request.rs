//! Requests: which are refused, and what is asked of the person.

use super::{credentials, signed_in};
use crate::support::requests::{self, ACS};
use crate::support::{ADFS, Browser, Page, TestServer};

async fn ask(browser: &mut Browser<'_>, xml: &str) -> Page {
    let query = requests::query(xml, "12345");
    browser
        .get(&format!("https://{ADFS}/adfs/ls/?{query}"))
        .await
}

#[tokio::test]
async fn an_answer_goes_to_a_registered_url_or_nowhere() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    signed_in(&mut browser).await;
    let control = ask(&mut browser, &requests::xml_to(ACS)).await;
    assert!(control.field("SAMLResponse").is_some());
    for acs in [
        "https://evil.example.com/api/saml-response",
        "https://storagegrid.example.com:443/api/saml-response/",
        "https://storagegrid.example.com:443/api/saml-response/../x",
        "https://storagegrid.example.com:443@evil.example.com/api/saml-response",
        "https://storagegrid.example.com:443\\@evil.example.com/",
        "https://storagegrid.example.com:8443/api/saml-response",
        "https://STORAGEGRID.example.com:443/api/saml-response",
        "https://storagegrıd.example.com:443/api/saml-response",
        "http://storagegrid.example.com:443/api/saml-response",
        "javascript:alert(1)",
    ] {
        let page = ask(&mut browser, &requests::xml_to(acs)).await;
        assert_eq!(page.answer.status, 400, "{acs}");
        assert_eq!(page.code().as_deref(), Some("request.acs"), "{acs}");
        assert!(page.field("SAMLResponse").is_none(), "{acs}");
        assert!(!page.body().contains("evil"), "{acs}");
    }
    let by_index = requests::xml(r#"AssertionConsumerServiceIndex="99""#);
    let page = ask(&mut browser, &by_index).await;
    assert_eq!(page.answer.status, 400, "{}", page.answer);
}

#[tokio::test]
async fn a_broken_request_is_answered_with_constants_only() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let whole = requests::xml_to(ACS);
    assert_eq!(ask(&mut browser, &whole).await.answer.status, 200);
    let mut seen = Vec::new();
    for missing in [
        r#" ID="_request""#,
        r#" Version="2.0""#,
        r#" IssueInstant="2018-11-06T16:30:23Z""#,
        "<saml:Issuer>https://storagegrid.example.com/api/saml-metadata</saml:Issuer>",
    ] {
        let page = ask(&mut browser, &whole.replacen(missing, "", 1)).await;
        assert_eq!(page.answer.status, 400, "without {missing}");
        seen.push(page.code().unwrap());
    }
    let query = requests::query(&whole, "12345");
    let (message, rest) = query.split_once('&').unwrap();
    for cut in [1, 8, 40] {
        let url = format!(
            "https://{ADFS}/adfs/ls/?{}&{rest}",
            &message[..message.len() - cut]
        );
        let page = browser.get(&url).await;
        assert_eq!(page.answer.status, 400, "cut by {cut}");
        seen.push(page.code().unwrap());
    }
    for code in seen {
        assert!(
            code.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'.' || byte == b'_'),
            "{code}"
        );
    }
}

#[tokio::test]
async fn a_request_of_nobody_we_know_is_refused() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let stranger = requests::xml_to(ACS).replace(
        "https://storagegrid.example.com/api/saml-metadata",
        "stranger",
    );
    let page = ask(&mut browser, &stranger).await;
    assert_eq!(page.answer.status, 400);
    assert_eq!(page.code().as_deref(), Some("request.unknown_party"));
}

#[tokio::test]
async fn force_authn_asks_again_whatever_session_there_is() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    signed_in(&mut browser).await;
    let control = ask(&mut browser, &requests::xml("")).await;
    assert!(control.field("SAMLResponse").is_some());
    let form = ask(&mut browser, &requests::xml(r#"ForceAuthn="true""#)).await;
    assert!(form.field("Password").is_some(), "{}", form.answer);
    let page = browser
        .submit(&form, &credentials("ana@my-domain", TestServer::PASSWORD))
        .await;
    assert!(page.field("SAMLResponse").is_some(), "{}", page.answer);
}

#[tokio::test]
async fn a_passive_request_asks_nobody() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let page = ask(&mut browser, &requests::xml(r#"IsPassive="true""#)).await;
    assert!(page.field("Password").is_none());
    let response = saml::bindings::post::decode(&page.field("SAMLResponse").unwrap()).unwrap();
    let response = String::from_utf8(response).unwrap();
    assert!(response.contains("status:NoPassive"), "{response}");
    assert!(!response.contains("Assertion>"), "{response}");
}

#[tokio::test]
async fn the_action_repeats_the_query_but_cannot_leave_its_attribute() {
    let server = TestServer::start().await;
    let mut browser = Browser::new(&server);
    let query = requests::query(&requests::xml_to(ACS), "12345");
    let id = "00000000-0000-0000-ee02-0080000000de";
    // Quotation marks and angle brackets do not even pass as a request line of HTTP/1.1; `address` has its own tests for them.
    let url = format!("/adfs/ls/?{query}&client-request-id={id}&x='y;");
    let answer = server.answer(crate::support::Call::get(ADFS, &url)).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert!(
        answer.body.contains(&format!(
            "action=\"/adfs/ls/?{query}&x=%27y%3B&client-request-id={id}\" >"
        )),
        "{answer}"
    );
    let page = browser.get(&format!("https://{ADFS}/adfs/ls/")).await;
    assert_eq!(page.code().as_deref(), Some("bind.missing"));
}
