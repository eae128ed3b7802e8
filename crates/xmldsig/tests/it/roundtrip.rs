//! What we sign, we verify; a changed byte is refused.

use crate::keys::{OTHER_RSA, P256, P384, RSA, TestKey};
use xmldsig::algorithms::SignatureAlgorithm;
use xmldsig::build::Node;
use xmldsig::dom::Document;
use xmldsig::error::SignatureError;
use xmldsig::keys::{Assertions, Metadata};
use xmldsig::limits::Limits;
use xmldsig::sign::sign;
use xmldsig::verify::verify;

const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";

pub(crate) fn assertion() -> Node<'static> {
    Node::new("saml", SAML, "Assertion")
        .attribute("ID", "_a1")
        .attribute("IssueInstant", "2026-11-21T23:00:00Z")
        .attribute("Version", "2.0")
        .child(Node::new("saml", SAML, "Issuer").text("https://idp.example.com"))
        .child(
            Node::new("saml", SAML, "Subject")
                .child(Node::new("saml", SAML, "NameID").text("João & <Maria>\r\n\"x\"")),
        )
        .child(
            Node::new("saml", SAML, "AttributeValue")
                .attribute("Name", "a\t\"b\"\n")
                .xsi_string()
                .text("admins"),
        )
}

fn signed(key: &TestKey, algorithm: SignatureAlgorithm) -> String {
    sign(assertion(), "_a1", &key.signing::<Assertions>(), algorithm)
        .unwrap()
        .to_xml()
        .unwrap()
}

#[test]
fn every_algorithm_verifies_what_it_signed() {
    for (key, algorithm) in [
        (&RSA, SignatureAlgorithm::RsaSha256),
        (&RSA, SignatureAlgorithm::RsaSha384),
        (&RSA, SignatureAlgorithm::RsaSha512),
        (&P256, SignatureAlgorithm::EcdsaSha256),
        (&P384, SignatureAlgorithm::EcdsaSha384),
    ] {
        let xml = signed(key, algorithm);
        let document = Document::parse(xml.as_bytes(), &Limits::MESSAGE).unwrap();
        let verified = verify(document.root(), &[OTHER_RSA.verifying(), key.verifying()]).unwrap();
        assert_eq!(verified.get().name(), "Assertion");
    }
}

#[test]
fn another_key_is_refused() {
    let xml = signed(&RSA, SignatureAlgorithm::RsaSha256);
    let document = Document::parse(xml.as_bytes(), &Limits::MESSAGE).unwrap();
    assert_eq!(
        verify(document.root(), &[OTHER_RSA.verifying(), P256.verifying()]).unwrap_err(),
        SignatureError::Key
    );
    assert_eq!(
        verify(document.root(), &[]).unwrap_err(),
        SignatureError::Key
    );
}

#[test]
fn metadata_is_signed_in_its_first_child() {
    let node = Node::new(
        "md",
        "urn:oasis:names:tc:SAML:2.0:metadata",
        "EntityDescriptor",
    )
    .attribute("ID", "_m");
    let node = node.child(Node::new(
        "md",
        "urn:oasis:names:tc:SAML:2.0:metadata",
        "SPSSODescriptor",
    ));
    let xml = sign(
        node,
        "_m",
        &RSA.signing::<Metadata>(),
        SignatureAlgorithm::RsaSha256,
    )
    .unwrap()
    .to_xml()
    .unwrap();
    let document = Document::parse(xml.as_bytes(), &Limits::METADATA).unwrap();
    verify(document.root(), &[RSA.verifying()]).unwrap();
    assert_eq!(
        document.root().children().next().unwrap().name(),
        "Signature"
    );
}

#[test]
fn comments_in_signed_metadata_are_dropped_and_wrapped_base64_is_read() {
    let name = "urn:oasis:names:tc:SAML:2.0:metadata";
    let node = Node::new("md", name, "EntityDescriptor").attribute("ID", "_m");
    let node = node.child(Node::new("md", name, "SPSSODescriptor"));
    let key = RSA.signing::<Metadata>();
    let xml = sign(node, "_m", &key, SignatureAlgorithm::RsaSha256)
        .unwrap()
        .to_xml()
        .unwrap();
    let at = xml.find("<ds:SignatureValue>").unwrap() + "<ds:SignatureValue>".len();
    let wrapped = format!(
        "{}\n{}\r\n\t {}",
        &xml[..at],
        &xml[at..at + 76],
        &xml[at + 76..]
    );
    let commented = wrapped.replacen(
        "<md:SPSSODescriptor",
        "<!-- of Shibboleth --><md:SPSSODescriptor",
        1,
    );
    assert_ne!(commented, wrapped);

    let document = Document::parse(commented.as_bytes(), &Limits::METADATA).unwrap();
    verify(document.root(), &[RSA.verifying()]).unwrap();
    assert_eq!(
        Document::parse(commented.as_bytes(), &Limits::MESSAGE)
            .unwrap_err()
            .code(),
        "xml.comment"
    );
}
