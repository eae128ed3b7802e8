//! The parser and the canonicaliser against libxml2 and roxmltree.

use crate::documents::{document, mutant};
use crate::oracle::Libxml2;
use xmldsig::c14n::canonicalize;
use xmldsig::dom::{Document, Element};
use xmldsig::limits::Limits;

/// Elements in document order, as the oracle counts them.
fn elements(document: &Document<'_>) -> usize {
    fn count(element: Element<'_>) -> usize {
        1 + element.children().map(count).sum::<usize>()
    }
    count(document.root())
}

fn nth<'d>(element: Element<'d>, wanted: &mut usize) -> Option<Element<'d>> {
    if *wanted == 0 {
        return Some(element);
    }
    *wanted -= 1;
    element.children().find_map(|child| nth(child, wanted))
}

fn show(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).escape_debug().to_string()
}

#[test]
fn canonical_form_is_that_of_libxml2_byte_for_byte() {
    let mut oracle = Libxml2::start();
    // `#default` is judged by xmlsec1 elsewhere: lxml drops prefixes that are no names in the document.
    let lists: [&[&str]; 4] = [&[], &["a"], &["b", "a", "é", "saml"], &["nowhere", "xml"]];
    for number in 0..4000 {
        let xml = document(number);
        let parsed = Document::parse(xml.as_bytes(), &Limits::MESSAGE)
            .unwrap_or_else(|e| panic!("{number}: {e}: {xml:?}"));
        let prefixes = lists[usize::try_from(number).unwrap() % lists.len()];
        let expected = oracle.canonicalize(xml.as_bytes(), 0, prefixes).unwrap();
        let ours = canonicalize(parsed.root(), None, prefixes);
        assert_eq!(
            show(&ours),
            show(&expected),
            "document {number}, prefixes {prefixes:?}: {xml:?}"
        );

        // lxml copies a part before canonicalising it and loses declarations that only a PrefixList uses, so: without.
        let index = usize::try_from(number).unwrap() % elements(&parsed);
        let expected = oracle.canonicalize(xml.as_bytes(), index, &[]).unwrap();
        let part = nth(parsed.root(), &mut index.clone()).unwrap();
        assert_eq!(
            show(&canonicalize(part, None, &[])),
            show(&expected),
            "element {index} of document {number}: {xml:?}"
        );
    }
}

#[test]
fn nothing_is_accepted_that_libxml2_refuses_and_both_read_the_same() {
    let mut oracle = Libxml2::start();
    let mut accepted = 0;
    for number in 0..20_000 {
        let bytes = mutant(&document(number % 500), number);
        for limits in [Limits::MESSAGE, Limits::METADATA] {
            let Ok(parsed) = Document::parse(&bytes, &limits) else {
                continue;
            };
            accepted += 1;
            let theirs = oracle.canonicalize(&bytes, 0, &[]).unwrap_or_else(|why| {
                panic!("{number}: libxml2 refuses ({why}): {}", show(&bytes))
            });
            // Processing instructions are the one thing that canonical form keeps and we drop.
            if !theirs.windows(2).any(|pair| pair == b"<?") {
                assert_eq!(
                    show(&canonicalize(parsed.root(), None, &[])),
                    show(&theirs),
                    "{number}: {}",
                    show(&bytes)
                );
            }
        }
    }
    assert!(
        accepted > 1000,
        "only {accepted} mutants were accepted: too few to compare"
    );
}

#[test]
fn roxmltree_reads_the_same_tree() {
    for number in 0..6000 {
        let bytes = mutant(&document(number % 500), number);
        let (Ok(ours), Ok(text)) = (
            Document::parse(&bytes, &Limits::MESSAGE),
            std::str::from_utf8(&bytes),
        ) else {
            continue;
        };
        let theirs = roxmltree::Document::parse(text)
            .unwrap_or_else(|e| panic!("{number}: roxmltree refuses ({e}): {text:?}"));
        same(ours.root(), theirs.root_element());
    }
}

fn same(ours: Element<'_>, theirs: roxmltree::Node<'_, '_>) {
    assert_eq!(
        (ours.namespace(), ours.name()),
        (
            theirs.tag_name().namespace().unwrap_or(""),
            theirs.tag_name().name()
        )
    );
    for attribute in theirs.attributes().filter(|a| a.namespace().is_none()) {
        assert_eq!(ours.attribute(attribute.name()), Some(attribute.value()));
    }
    let elements: Vec<_> = theirs
        .children()
        .filter(roxmltree::Node::is_element)
        .collect();
    assert_eq!(ours.children().count(), elements.len());
    if elements.is_empty() {
        let text: String = theirs.children().filter_map(|node| node.text()).collect();
        assert_eq!(ours.text().unwrap(), text);
    }
    ours.children()
        .zip(elements)
        .for_each(|(ours, theirs)| same(ours, theirs));
}
