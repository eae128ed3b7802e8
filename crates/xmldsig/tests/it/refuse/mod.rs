//! Hostile documents. Each comes from one signed base by one stated mutation, is refused with a stable code, and is let
//! through once exactly the named guards are off: then they, and nothing else, refused it.
//!
//! This module owns the base, the test verifier and the proof; it does not own the attacks, which its children list.

mod signatures;
mod signed_info;
mod wrapping;
mod xml;

use crate::keys::RSA;
use xmldsig::algorithms::SignatureAlgorithm;
use xmldsig::build::Node;
use xmldsig::c14n::canonicalize;
use xmldsig::dom::{Document, Element};
use xmldsig::guard::{self, Guard};
use xmldsig::keys::Assertions;
use xmldsig::limits::Limits;
use xmldsig::sign::sign;
use xmldsig::verify::{has_signature, verify};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const SAMLP: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";

fn assertion() -> Node<'static> {
    Node::new("saml", SAML, "Assertion")
        .attribute("ID", "_assertion")
        .child(Node::new("saml", SAML, "Issuer").text("https://idp.example.com"))
        .child(
            Node::new("saml", SAML, "Subject")
                .child(Node::new("saml", SAML, "NameID").text("user@example.com")),
        )
}

fn response(assertion: Node<'_>) -> Node<'_> {
    Node::new("samlp", SAMLP, "Response")
        .attribute("ID", "_response")
        .child(Node::new("saml", SAML, "Issuer").text("https://idp.example.com"))
        .child(assertion)
}

/// A response whose assertion is signed, as AD FS and Entra send it.
fn signed_assertion() -> String {
    response(
        sign(
            assertion(),
            "_assertion",
            &RSA.signing::<Assertions>(),
            SignatureAlgorithm::RsaSha256,
        )
        .unwrap(),
    )
    .to_xml()
    .unwrap()
}

/// A response that is signed itself.
fn signed_response() -> String {
    sign(
        response(assertion()),
        "_response",
        &RSA.signing::<Assertions>(),
        SignatureAlgorithm::RsaSha256,
    )
    .unwrap()
    .to_xml()
    .unwrap()
}

/// Reads as a service provider does: verifies the response if it is signed, else its first assertion, and believes the
/// NameID in what was verified. `Err` is the stable code.
fn judge(xml: &[u8]) -> Result<String, &'static str> {
    let document = Document::parse(xml, &Limits::MESSAGE).map_err(|e| e.code())?;
    let root = document.root();
    let signed = if has_signature(root) {
        root
    } else {
        root.child(SAML, "Assertion").unwrap_or(root)
    };
    let verified = verify(signed, &[RSA.verifying()]).map_err(|e| e.code())?;
    let verified = *verified.get();
    let assertion = if verified.is(SAML, "Assertion") {
        Some(verified)
    } else {
        verified.child(SAML, "Assertion")
    };
    let subject = assertion
        .and_then(|assertion| assertion.child(SAML, "Subject"))
        .and_then(|subject| subject.child(SAML, "NameID"))
        .ok_or("no name")?;
    subject
        .text()
        .map(std::borrow::Cow::into_owned)
        .map_err(|e| e.code())
}

fn first<'d>(element: Element<'d>, name: &str) -> Option<Element<'d>> {
    if element.name() == name {
        Some(element)
    } else {
        element.children().find_map(|child| first(child, name))
    }
}

/// The positive control, then the chain of guards: with the ones before it off, each refuses with its code; with all off the
/// name `believed` is read.
fn assert_guarded(what: &str, xml: &[u8], chain: &[(Guard, &str)], believed: &str) {
    for control in [signed_assertion(), signed_response()] {
        assert_eq!(
            judge(control.as_bytes()).as_deref(),
            Ok("user@example.com"),
            "{what}: the base must be accepted"
        );
    }
    peel(what, xml, chain, believed);
}

fn peel(what: &str, xml: &[u8], chain: &[(Guard, &str)], believed: &str) {
    let Some(((guard, code), rest)) = chain.split_first() else {
        assert_eq!(
            judge(xml).as_deref(),
            Ok(believed),
            "{what}: with the guards off it must get through"
        );
        return;
    };
    assert_eq!(judge(xml), Err(*code), "{what}: {guard:?}");
    guard::without(*guard, || peel(what, xml, rest, believed));
}

/// Base with `from` replaced by `to` and signed anew by the true key, refused by `guard` alone.
fn assert_resigned_is_refused(from: &str, to: &str, guard: Guard, code: &str) {
    let xml = resigned(&replaced(&signed_assertion(), from, to));
    assert_guarded(to, xml.as_bytes(), &[(guard, code)], "user@example.com");
}

/// `xml` with `from`, which must stand in it, replaced once.
fn replaced(xml: &str, from: &str, to: &str) -> String {
    assert!(xml.contains(from), "{from:?} is not in {xml}");
    xml.replacen(from, to, 1)
}

/// The first piece of `xml` from `start` to `end`, both included.
fn piece<'x>(xml: &'x str, start: &str, end: &str) -> &'x str {
    let from = xml
        .find(start)
        .unwrap_or_else(|| panic!("{start:?} is not in {xml}"));
    let to = from + xml[from..].find(end).unwrap() + end.len();
    &xml[from..to]
}

fn signature_of(xml: &str) -> &str {
    piece(xml, "<ds:Signature ", "</ds:Signature>")
}

/// `xml` with the signature value renewed by the true key: for attacks by whoever can have things signed.
fn resigned(xml: &str) -> String {
    let limits = Limits {
        signatures: 100,
        drop_comments: true,
        ..Limits::MESSAGE
    };
    let document = Document::parse(xml.as_bytes(), &limits).unwrap();
    let signed_info = first(document.root(), "SignedInfo").unwrap();
    let value = RSA
        .signing::<Assertions>()
        .sign(
            SignatureAlgorithm::RsaSha256,
            &canonicalize(signed_info, None, &[]),
        )
        .unwrap();
    let old = piece(xml, "<ds:SignatureValue>", "</ds:SignatureValue>");
    replaced(
        xml,
        old,
        &format!(
            "<ds:SignatureValue>{}</ds:SignatureValue>",
            STANDARD.encode(value)
        ),
    )
}
