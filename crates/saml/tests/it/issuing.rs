//! What we issue, our own service provider accepts, and nothing that goes into it becomes markup.

use crate::support::keys::PROVIDER;
use crate::support::{at, now};
use jiff::SignedDuration;
use saml::issue::{Form, Grant, Prefixes, Signed, response};
use saml::messages::{Attribute, NameId};
use saml::names::{AC_UNSPECIFIED, UNSPECIFIED};
use saml::validate::response::{Accepted, Expectations, accept};
use xmldsig::algorithms::SignatureAlgorithm;
use xmldsig::error::SignError;

const ISSUER: &str = "http://adfs.example.com/adfs/services/trust";
const ACS: &str = "https://storagegrid.example.com:443/api/saml-response";
const AUDIENCE: &str = "urn:storagegrid";

fn name_id(value: &str) -> NameId {
    NameId {
        value: value.to_owned(),
        format: Some(UNSPECIFIED.to_owned()),
        name_qualifier: None,
        sp_name_qualifier: None,
    }
}

fn grant<'a>(name_id: &'a NameId, attributes: &'a [Attribute]) -> Grant<'a> {
    Grant {
        response_id: "_response",
        assertion_id: "_assertion",
        issuer: ISSUER,
        acs: ACS,
        audience: AUDIENCE,
        in_response_to: Some("_request"),
        name_id,
        session_index: "_session",
        authn_instant: at(-10),
        class_ref: AC_UNSPECIFIED,
        session_not_on_or_after: Some(at(3600)),
        attributes,
        now: now(),
        valid_for: SignedDuration::from_mins(5),
    }
}

fn issue(grant: &Grant<'_>, signed: Signed, prefixes: Prefixes) -> Result<String, SignError> {
    let key = PROVIDER.signing();
    let algorithm = SignatureAlgorithm::RsaSha256;
    response(
        grant,
        Form {
            signed,
            method: algorithm.into(),
            prefixes,
            key: &key,
        },
    )
}

fn accepted(xml: &str, in_response_to: Option<&str>) -> Accepted {
    let keys = [PROVIDER.verifying()];
    let expected = Expectations {
        issuer: ISSUER,
        keys: &keys,
        audience: AUDIENCE,
        acs: &[ACS],
        in_response_to,
        decryption: &[],
        skew: SignedDuration::from_secs(30),
    };
    accept(xml.as_bytes(), &expected, now()).expect("our own response")
}

#[test]
fn a_response_signed_at_any_place_in_either_style_is_accepted() {
    let name_id = name_id("rx86rCfaJUqqUlwnIu2qnQ==");
    let attributes = [Attribute {
        name: "groups".into(),
        friendly_name: None,
        values: vec!["a".into(), "b".into()],
    }];
    for signed in [Signed::Assertion, Signed::Response, Signed::Both] {
        for prefixes in [Prefixes::Short, Prefixes::OpenSaml] {
            let xml = issue(&grant(&name_id, &attributes), signed, prefixes).unwrap();
            let accepted = accepted(&xml, Some("_request"));
            let assertion = accepted.assertion.get();
            assert_eq!(assertion.name_id.as_ref(), Some(&name_id));
            assert_eq!(assertion.attributes, attributes);
            assert_eq!(
                assertion.authn_statements[0].session_index.as_deref(),
                Some("_session")
            );
            assert_eq!(accepted.remember_until, at(331));
        }
    }
}

#[test]
fn the_two_styles_begin_as_their_documents_print_them() {
    let name_id = name_id("me");
    let short = issue(&grant(&name_id, &[]), Signed::Assertion, Prefixes::Short).unwrap();
    let field = saml::bindings::post::encode(&short);
    assert!(
        field.starts_with("PHNhbWxwOlJlc3BvbnNl"),
        "{}",
        &field[..40]
    );
    assert!(short.ends_with("</samlp:Response>"));
    let open_saml = issue(&grant(&name_id, &[]), Signed::Response, Prefixes::OpenSaml).unwrap();
    assert!(
        open_saml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<saml2p:Response xmlns:saml2p=\"urn:oasis:names:tc:SAML:2.0:protocol\" Destination="),
        "{}",
        &open_saml[..200]
    );
}

#[test]
fn an_unsolicited_response_answers_nothing() {
    let name_id = name_id("me");
    let unsolicited = Grant {
        in_response_to: None,
        ..grant(&name_id, &[])
    };
    let xml = issue(&unsolicited, Signed::Both, Prefixes::Short).unwrap();
    assert!(!xml.contains("InResponseTo"));
    accepted(&xml, None);
}

#[test]
fn no_response_travels_for_more_than_five_minutes() {
    let name_id = name_id("me");
    let long = Grant {
        valid_for: SignedDuration::from_hours(1),
        ..grant(&name_id, &[])
    };
    let xml = issue(&long, Signed::Assertion, Prefixes::Short).unwrap();
    assert_eq!(accepted(&xml, Some("_request")).remember_until, at(331));
}
