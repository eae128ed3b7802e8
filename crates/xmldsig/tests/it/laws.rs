//! Laws that hold for every input.

use crate::documents::{document, mutant};
use crate::keys::RSA;
use proptest::prelude::*;
use xmldsig::algorithms::SignatureAlgorithm;
use xmldsig::build::{Node, NotXml};
use xmldsig::c14n::canonicalize;
use xmldsig::dom::{Document, Element};
use xmldsig::error::SignError;
use xmldsig::keys::Assertions;
use xmldsig::limits::Limits;
use xmldsig::sign::sign;
use xmldsig::verify::verify;

/// Uses everything that can be asked of a tree, so that a wrong span would be noticed.
fn walk(element: Element<'_>) {
    let _ = (
        element.name(),
        element.namespace(),
        element.attribute("ID"),
        element.text(),
        element.resolve_prefix("a"),
    );
    let _ = canonicalize(element, None, &["a", "#default"]);
    element.children().for_each(walk);
}

fn parse_and_walk(bytes: &[u8]) {
    for limits in [Limits::MESSAGE, Limits::METADATA] {
        if let Ok(document) = Document::parse(bytes, &limits) {
            walk(document.root());
            let _ = verify(document.root(), &[RSA.verifying()]);
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        parse_and_walk(&bytes);
    }

    #[test]
    fn markup_like_bytes_never_panic(text in "[<>&;/='\"a:x!\\[\\]\\-?# \u{E9}\r\n]{0,60}") {
        parse_and_walk(text.as_bytes());
    }

    #[test]
    fn mutated_documents_never_panic(number: u64, mutation: u64) {
        parse_and_walk(&mutant(&document(number), mutation));
    }

    #[test]
    fn canonical_form_is_its_own_canonical_form(number: u64) {
        let xml = document(number);
        let parsed = Document::parse(xml.as_bytes(), &Limits::MESSAGE).unwrap();
        let once = canonicalize(parsed.root(), None, &[]);
        let again = Document::parse(&once, &Limits::MESSAGE).unwrap();
        prop_assert_eq!(canonicalize(again.root(), None, &[]), once.clone());
    }

    #[test]
    fn what_is_built_is_canonical_and_reads_back(text in "\\PC*", value in "[\\PC\t\r\n]*") {
        let node = Node::new("p", "urn:p", "a").attribute("ID", "_1").attribute("b", value.clone()).attribute("xml:lang", "pt")
            .child(Node::new("", "urn:q", "c").xsi_string().child(Node::new("", "", "d").text(text.clone()))).child(Node::new("p", "urn:other", "e"));
        let xml = node.to_xml();
        prop_assume!(xml.is_ok());
        let xml = xml.unwrap();
        let parsed = Document::parse(xml.as_bytes(), &Limits::MESSAGE).unwrap();
        prop_assert_eq!(parsed.root().attribute("b"), Some(value.as_str()));
        prop_assert_eq!(parsed.root().child("urn:q", "c").unwrap().child("", "d").unwrap().text().unwrap(), text);
        prop_assert_eq!(String::from_utf8(canonicalize(parsed.root(), None, &["xs"])).unwrap(), xml);
    }

    #[test]
    fn one_changed_byte_is_refused(text in "[a-z&<\r ]{1,20}", at: prop::sample::Index, to: u8) {
        let node = Node::new("p", "urn:p", "a").attribute("ID", "_1").child(Node::new("p", "urn:p", "i")).child(Node::new("p", "urn:p", "b").text(text));
        let xml = sign(node, "_1", &RSA.signing::<Assertions>(), SignatureAlgorithm::RsaSha256).unwrap().to_xml().unwrap();
        let document = Document::parse(xml.as_bytes(), &Limits::MESSAGE).unwrap();
        prop_assert!(verify(document.root(), &[RSA.verifying()]).is_ok());

        let mut bytes = xml.clone().into_bytes();
        let at = at.index(bytes.len());
        // KeyInfo is not signed, and not read.
        let key_info = xml.find("<ds:KeyInfo>").unwrap()..xml.find("</ds:Signature>").unwrap();
        prop_assume!(bytes[at] != to && !key_info.contains(&at));
        // Blanks inside tags are no content.
        prop_assume!(!(to.is_ascii_whitespace() && bytes[at].is_ascii_whitespace()));
        bytes[at] = to;
        if let Ok(document) = Document::parse(&bytes, &Limits::MESSAGE) {
            prop_assert!(verify(document.root(), &[RSA.verifying()]).is_err());
        }
    }
}

#[test]
fn characters_that_xml_cannot_carry_are_refused_when_writing() {
    for bad in ["\u{0}", "\u{1F}", "\u{FFFE}", "a\u{B}b"] {
        assert_eq!(
            Node::new("", "", "a").text(bad).to_xml(),
            Err(NotXml),
            "{bad:?}"
        );
        let node = Node::new("", "", "a")
            .attribute("ID", "_1")
            .attribute("b", bad);
        let signed = sign(
            node,
            "_1",
            &RSA.signing::<Assertions>(),
            SignatureAlgorithm::RsaSha256,
        );
        assert_eq!(signed.unwrap_err(), SignError::NotXml(NotXml), "{bad:?}");
    }
}

#[test]
fn only_the_id_that_is_there_can_be_signed() {
    let node = Node::new("", "", "a").attribute("ID", "_1");
    assert_eq!(
        sign(
            node,
            "_2",
            &RSA.signing::<Assertions>(),
            SignatureAlgorithm::RsaSha256
        )
        .unwrap_err(),
        SignError::Id
    );
}
