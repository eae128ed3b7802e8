//! `portaria explain`: which rule is broken, in the code under which accepting refuses.

use crate::program::{Ended, argument, run};
use jiff::{SignedDuration, Timestamp};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};
use saml::issue::{Form, Grant, Prefixes, Signed};
use saml::messages::NameId;
use saml::metadata::{Endpoint, EntityDescriptor, Role};
use saml::names;
use std::path::PathBuf;
use std::sync::LazyLock;
use xmldsig::algorithms::SignatureAlgorithm;
use xmldsig::generate::KeyAlgorithm;
use xmldsig::keys::{Assertions, SigningKey};

const IDP: &str = "https://idp.example.org/idp";
const SP: &str = "https://storagegrid.example.com/api/saml-metadata";
const ACS: &str = "https://storagegrid.example.com:443/api/saml-response";
const NOW: &str = "2018-11-07T21:32:53Z";

/// A response of our own making, and the metadata of whoever wrote it. Making an RSA key takes long: it is made once.
struct Written {
    folder: tempfile::TempDir,
    response: String,
}

static WRITTEN: LazyLock<Written> = LazyLock::new(|| {
    let pkcs8 = KeyAlgorithm::Rsa2048.generate();
    let pair =
        KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8.as_slice().into(), &PKCS_RSA_SHA256).unwrap();
    let certificate = CertificateParams::default()
        .self_signed(&pair)
        .unwrap()
        .der()
        .to_vec();
    let key: SigningKey<Assertions> = SigningKey::from_pkcs8(&pkcs8, certificate.clone()).unwrap();
    let now: Timestamp = NOW.parse().unwrap();
    let name_id = NameId {
        value: "ana".to_owned(),
        format: None,
        name_qualifier: None,
        sp_name_qualifier: None,
    };
    let grant = Grant {
        response_id: "_r",
        assertion_id: "_a",
        issuer: IDP,
        acs: ACS,
        audience: SP,
        in_response_to: Some("_q"),
        name_id: &name_id,
        session_index: "_s",
        authn_instant: now,
        class_ref: names::PASSWORD_PROTECTED_TRANSPORT,
        session_not_on_or_after: None,
        attributes: &[],
        now,
        valid_for: SignedDuration::from_mins(5),
    };
    let form = Form {
        signed: Signed::Assertion,
        method: SignatureAlgorithm::RsaSha256.into(),
        prefixes: Prefixes::Short,
        key: &key,
    };
    let xml = saml::issue::response(&grant, form).unwrap();
    let metadata = EntityDescriptor {
        entity_id: IDP.to_owned(),
        identity_provider: Some(Role {
            signing: vec![certificate],
            single_sign_on: vec![Endpoint {
                binding: names::REDIRECT.to_owned(),
                location: "https://idp.example.org/sso".to_owned(),
                response_location: None,
                index: None,
                is_default: false,
            }],
            ..Role::default()
        }),
        ..EntityDescriptor::default()
    };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("idp.xml"),
        metadata.to_xml("_m", None).unwrap(),
    )
    .unwrap();
    Written {
        folder,
        response: saml::bindings::post::encode(&xml),
    }
});

fn explain(text: &str, more: &[&str]) -> Ended {
    let input = tempfile::NamedTempFile::new_in(WRITTEN.folder.path()).unwrap();
    std::fs::write(input.path(), text).unwrap();
    let metadata: PathBuf = WRITTEN.folder.path().join("idp.xml");
    let mut arguments = vec![
        "explain",
        argument(input.path()),
        "--metadata",
        argument(&metadata),
    ];
    let mut given = |name, value| {
        if !more.contains(&name) {
            arguments.extend([name, value]);
        }
    };
    given("--audience", SP);
    given("--acs", ACS);
    given("--in-response-to", "_q");
    given("--at", NOW);
    arguments.extend(more);
    run(&arguments)
}

fn broken(text: &str, more: &[&str]) -> String {
    let ended = explain(text, more);
    assert_eq!(ended.code, 1, "{} {}", ended.out, ended.err);
    ended
        .err
        .trim()
        .trim_start_matches("portaria: broken: ")
        .to_owned()
}

#[test]
fn a_good_response_breaks_no_rule() {
    let ended = explain(&WRITTEN.response, &[]);
    assert_eq!(ended.code, 0, "{} {}", ended.out, ended.err);
    assert!(
        ended
            .out
            .contains("Nothing that could be judged is broken."),
        "{}",
        ended.out
    );
    assert!(ended.out.contains("NameID: \"ana\""), "{}", ended.out);
}

#[test]
fn the_broken_rule_is_named() {
    for (more, code) in [
        (
            ["--at", "2018-11-07T21:50:00Z"],
            "assertion.confirmation_expired",
        ),
        (
            ["--audience", "https://other.example.com"],
            "assertion.audience",
        ),
        (
            ["--acs", "https://other.example.com/acs"],
            "response.destination",
        ),
        (["--in-response-to", "_other"], "assertion.in_response_to"),
    ] {
        assert_eq!(broken(&WRITTEN.response, &more), code, "{more:?}");
    }
}

#[test]
fn damage_on_the_way_is_told_apart() {
    let response = &WRITTEN.response;
    assert!(response.contains('+'), "a signed response has one");
    assert_eq!(broken(&response.replace('+', " "), &[]), "bind.spaces");
    assert_eq!(
        broken(&response.replace('+', "%2B").replace('=', "%3D"), &[]),
        "bind.encoded_twice"
    );
    assert_eq!(broken(&response[..response.len() / 2], &[]), "bind.cut");
}

#[test]
fn a_page_holds_what_its_form_would_send() {
    let page = format!(
        "<html><form method=\"POST\"><input type=\"hidden\" name=\"SAMLResponse\" value=\"{}\"/></form></html>",
        WRITTEN.response
    );
    assert_eq!(explain(&page, &[]).code, 0);
}

#[test]
fn programs_read_json() {
    let ended = explain(
        &WRITTEN.response,
        &["-o", "json", "--at", "2018-11-07T21:50:00Z"],
    );
    let json: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(json["messages"][0]["kind"], "Response");
    assert_eq!(
        json["messages"][0]["refused_with"],
        "assertion.confirmation_expired"
    );
    let broken = json["messages"][0]["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["verdict"] == "broken")
        .unwrap();
    assert_eq!(broken["mender"], "a clock, or whoever was too slow");
}

#[test]
fn a_changed_response_is_the_identity_providers_to_mend_and_no_secret_is_shown_whole() {
    let xml = String::from_utf8(saml::bindings::post::decode(&WRITTEN.response).unwrap()).unwrap();
    let changed = saml::bindings::post::encode(&xml.replace(">ana<", ">eva<"));
    assert_eq!(broken(&changed, &[]), "sig.digest");
    let signature = xml
        .split("SignatureValue>")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap();
    assert!(!explain(&changed, &[]).out.contains(signature));
}

#[test]
fn what_holds_no_message_is_a_wrong_use() {
    assert_eq!(explain("hello", &[]).code, 2);
}
