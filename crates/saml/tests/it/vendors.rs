//! The shapes in which products write responses, written by us after their documentation: all of them are accepted.

use crate::support::instant;
use crate::support::keys::PROVIDER;
use crate::support::response::{ACS, AUDIENCE, ISSUER, PERSON, REQUEST, judged, person};
use crate::support::signing::sign;
use saml::messages::Assertion;

const SHAPES: [(&str, &str); 5] = [
    ("adfs", include_str!("../../testdata/vendors/adfs.xml")),
    (
        "pingfederate",
        include_str!("../../testdata/vendors/pingfederate.xml"),
    ),
    ("entra", include_str!("../../testdata/vendors/entra.xml")),
    (
        "shibboleth",
        include_str!("../../testdata/vendors/shibboleth.xml"),
    ),
    (
        "keycloak",
        include_str!("../../testdata/vendors/keycloak.xml"),
    ),
];

/// The template with this test's parties and times.
fn filled(template: &str) -> String {
    [
        ("{issuer}", ISSUER),
        ("{acs}", ACS),
        ("{request}", REQUEST),
        ("{audience}", AUDIENCE),
        ("{person}", PERSON),
        ("{now}", &instant(0)),
        ("{end}", &instant(300)),
        ("{session_end}", &instant(36_000)),
    ]
    .iter()
    .fold(template.to_owned(), |xml, (name, value)| {
        xml.replace(name, value)
    })
}

fn accepted(name: &str) -> Assertion {
    let template = SHAPES
        .iter()
        .find(|(known, _)| *known == name)
        .expect("a shape")
        .1;
    let xml = filled(template);
    let places: &[&str] = match name {
        "shibboleth" => &["_response"],
        "keycloak" => &["_assertion", "_response"],
        _ => &["_assertion"],
    };
    let signed = places.iter().fold(xml, |xml, id| sign(&xml, id, &PROVIDER));
    let accepted = judged(&signed).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
    assert_eq!(person(&accepted), PERSON, "{name}");
    accepted.assertion.into_inner()
}

fn values<'a>(assertion: &'a Assertion, name: &str) -> Vec<&'a str> {
    let attribute = assertion
        .attributes
        .iter()
        .find(|attribute| attribute.name == name);
    attribute
        .map(|attribute| attribute.values.iter().map(String::as_str).collect())
        .unwrap_or_default()
}

#[test]
fn a_response_as_adfs_writes_it_is_accepted() {
    let assertion = accepted("adfs");
    assert_eq!(
        values(&assertion, "http://schemas.xmlsoap.org/claims/Group"),
        ["Storage Admins", "Everyone & all"]
    );
    assert_eq!(
        assertion.authn_statements[0].session_index.as_deref(),
        Some("_assertion")
    );
}

#[test]
fn a_response_as_pingfederate_writes_it_is_accepted() {
    let assertion = accepted("pingfederate");
    assert_eq!(
        values(&assertion, "memberOf"),
        ["CN=Admins,DC=example,DC=org"]
    );
}

#[test]
fn a_response_as_entra_writes_it_is_accepted() {
    let assertion = accepted("entra");
    assert_eq!(
        values(
            &assertion,
            "http://schemas.microsoft.com/identity/claims/tenantid"
        ),
        ["11111111-2222-4333-8444-555555555555"]
    );
    assert_eq!(
        values(
            &assertion,
            "http://schemas.microsoft.com/claims/authnmethodsreferences"
        )
        .len(),
        2
    );
}

#[test]
fn a_response_as_shibboleth_writes_it_is_accepted() {
    let assertion = accepted("shibboleth");
    assert_eq!(
        values(&assertion, "urn:oid:1.3.6.1.4.1.5923.1.1.1.10"),
        ["opaque-value"]
    );
    assert_eq!(
        values(&assertion, "urn:oid:0.9.2342.19200300.100.1.3"),
        [PERSON]
    );
}

#[test]
fn a_response_as_keycloak_writes_it_is_accepted() {
    let assertion = accepted("keycloak");
    assert_eq!(
        values(&assertion, "Role"),
        ["offline_access", "uma_authorization"]
    );
    assert!(
        assertion.authn_statements[0]
            .session_not_on_or_after
            .is_some()
    );
}
