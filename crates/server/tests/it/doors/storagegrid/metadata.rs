//! `GET /api/saml-metadata`.

use crate::support::{Call, GRID, TestServer};
use saml::metadata::EntityDescriptor;

#[tokio::test]
async fn metadata_names_the_endpoints_as_the_document_prints_them() {
    let server = TestServer::start().await;
    let answer = server.answer(Call::get(GRID, "/api/saml-metadata")).await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("application/samlmetadata+xml"))
    );
    let entity = EntityDescriptor::read(answer.body.as_bytes()).unwrap();
    let role = entity.service_provider.unwrap();
    assert_eq!(
        role.assertion_consumer[0].location,
        "https://storagegrid.example.com:443/api/saml-response"
    );
    assert_eq!(
        role.single_logout[0].location,
        "https://storagegrid.example.com:443/api/saml-logout"
    );
    let versioned = server
        .answer(Call::get(GRID, "/api/v3/saml-metadata"))
        .await;
    assert_eq!(versioned.status, 200);
}
