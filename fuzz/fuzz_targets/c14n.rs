//! The canonical form of a canonical form is itself.
#![no_main]
use xmldsig::{c14n::canonicalize, dom::Document, limits::Limits};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = Document::parse(bytes, &Limits::METADATA) else { return };
    let once = canonicalize(document.root(), None, &["a", "#default"]);
    let unlimited = Limits { document: usize::MAX, text: usize::MAX, ..Limits::METADATA };
    let again = Document::parse(&once, &unlimited).expect("canonical form is XML");
    assert_eq!(canonicalize(again.root(), None, &["a", "#default"]), once);
});
