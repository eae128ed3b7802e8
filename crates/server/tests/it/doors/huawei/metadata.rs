//! What the door says of itself, and that it does what it says.

use crate::support::cloud::{IAM, IAM_REGION};
use crate::support::{Call, TestServer};
use saml::metadata::{Endpoint, EntityDescriptor, Role};
use saml::names;

const METADATA: &str = "/v3-ext/auth/OS-FEDERATION/SSO/metadata";

async fn role(server: &TestServer, query: &str) -> (String, Role) {
    let answer = server
        .answer(Call::get(IAM, &format!("{METADATA}{query}")))
        .await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(
        answer.header("content-type"),
        Some("application/samlmetadata+xml")
    );
    let descriptor = EntityDescriptor::read(answer.body.as_bytes()).unwrap();
    assert_eq!(descriptor.entity_id, IAM);
    (answer.body, descriptor.service_provider.expect("a role"))
}

#[tokio::test]
async fn metadata_is_signed_unless_somebody_wants_it_unsigned() {
    let server = TestServer::start().await;
    for query in [
        "",
        "?unsigned=false",
        "?unsigned",
        "?unsigned=true&unsigned=true",
    ] {
        assert!(
            role(&server, query).await.0.contains("SignatureValue"),
            "{query}"
        );
    }
    let (unsigned, role_of_unsigned) = role(&server, "?unsigned=true").await;
    assert!(!unsigned.contains("SignatureValue"), "{unsigned}");
    assert_eq!(role_of_unsigned, role(&server, "").await.1);
}

#[tokio::test]
async fn every_endpoint_that_the_metadata_lists_consumes_what_its_binding_brings() {
    let server = TestServer::start().await;
    let (_, role) = role(&server, "").await;
    assert!(role.requests_signed && role.want_assertions_signed);
    assert_eq!(role.encryption.len(), 1);
    let listed: Vec<&Endpoint> = role
        .assertion_consumer
        .iter()
        .chain(&role.single_logout)
        .collect();
    let bindings: Vec<&str> = listed
        .iter()
        .map(|endpoint| endpoint.binding.as_str())
        .collect();
    assert_eq!(bindings, [names::POST, names::PAOS, names::REDIRECT]);
    for endpoint in listed {
        let path = endpoint
            .location
            .strip_prefix(&format!("https://{IAM}"))
            .expect("our host");
        for host in [IAM, IAM_REGION] {
            // What each consumes, as something that is not believed; and the other methods, which none has.
            let call = match endpoint.binding.as_str() {
                names::POST => Call::post(host, path).form(&[("SAMLResponse", "PHgvPg==")]),
                names::PAOS => Call::post(host, path).body("application/vnd.paos+xml", "<x/>"),
                _ => Call::get(host, &format!("{path}?SAMLRequest=x")),
            };
            let answer = server.answer(call).await;
            assert!([400, 401].contains(&answer.status), "{path} {answer}");
            let other = match endpoint.binding.as_str() {
                names::REDIRECT => Call::post(host, path).form(&[("a", "b")]),
                _ => Call::get(host, path),
            };
            assert_eq!(server.answer(other).await.status, 405, "{path}");
        }
    }
}
