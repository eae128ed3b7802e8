use super::{Browser, JWT, SAML};
use crate::support::{Answer, Call, HORACIUS, TestServer};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const REQUEST: &str = r#"<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r1" Version="2.0" IssueInstant="2019-11-20T19:47:04Z" AssertionConsumerServiceURL="https://www.google.com/a/acs"><saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">google.com</saml:Issuer></samlp:AuthnRequest>"#;
const POST: &str = "/idp/saml/post/sso/mail";

/// The XML that a hand-over page carries.
fn response(page: &Answer) -> String {
    let value = super::hidden(page, "SAMLResponse");
    String::from_utf8(STANDARD.decode(value).unwrap()).unwrap()
}

fn posted(xml: &str) -> Call<'static> {
    let fields = [
        ("SAMLRequest", STANDARD.encode(xml)),
        ("RelayState", "back".into()),
    ];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    Call::post(HORACIUS, POST)
        .form(&fields)
        .header("Sec-Fetch-Site", "cross-site")
}

#[tokio::test]
async fn request_by_post_waits_for_whoever_signs_in() {
    let server = TestServer::start().await;
    let mut browser = Browser::of(&server);
    let taken = browser.send(posted(REQUEST)).await;
    assert_eq!(taken.status, 303, "{taken}");
    let location = taken.header("location").unwrap();
    let target = location
        .strip_prefix("https://comercial.sso.example.com")
        .unwrap();
    assert!(target.starts_with("/idp/saml/post/sso/mail?waiting="));
    // Of no use to a browser that was not told.
    assert_eq!(Browser::of(&server).get(target).await.status, 400);
    let page = browser.get(target).await;
    let answer = browser.sign_in(&page, TestServer::PASSWORD).await;
    assert!(response(&answer).contains(r#"InResponseTo="_r1""#));
    assert_eq!(super::hidden(&answer, "RelayState"), "back");
}

#[tokio::test]
async fn consumer_url_that_nobody_registered_gets_no_response() {
    let server = TestServer::start().await;
    let mut browser = Browser::of(&server);
    browser.through(JWT).await;
    let evil = REQUEST.replace("www.google.com", "evil.example.com");
    let refused = browser.send(posted(&evil)).await;
    assert_eq!((refused.status, refused.header("location")), (400, None));
    assert!(!refused.body.contains("SAMLResponse"), "{refused}");
    let unknown = REQUEST.replace(">google.com<", ">other.example<");
    assert_eq!(browser.send(posted(&unknown)).await.status, 400);
    assert_eq!(browser.send(posted(REQUEST)).await.status, 303);
}

#[tokio::test]
async fn sign_on_may_start_here_and_names_the_person_as_declared() {
    let server = TestServer::start().await;
    let mut browser = Browser::of(&server);
    browser.through(JWT).await;
    let page = browser.get(&format!("{SAML}?RelayState=back")).await;
    let xml = response(&page);
    assert!(!xml.contains("InResponseTo"), "{xml}");
    // The person has no e-mail address: the user name stands in for it.
    assert!(
        xml.contains("nameid-format:emailAddress") && xml.contains(">ana@example.com<"),
        "{xml}"
    );
    assert!(
        xml.contains("saml2p:Response") && xml.contains("rsa-sha256"),
        "{xml}"
    );
}

#[tokio::test]
async fn metadata_names_the_addresses_of_one_application() {
    let server = TestServer::start().await;
    let metadata = server
        .answer(Call::get(HORACIUS, "/idp/saml/metadata/mail"))
        .await;
    assert_eq!(metadata.status, 200);
    assert!(
        metadata
            .body
            .contains("https://comercial.sso.example.com/idp/saml/redirect/sso/mail")
    );
    let unknown = server
        .answer(Call::get(HORACIUS, "/idp/saml/metadata/dante"))
        .await;
    assert_eq!(unknown.status, 400);
}
