//! Whatever we accept, another reader accepts too, and sees the same text.
#![no_main]
use xmldsig::{dom::Document, limits::Limits};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let (Ok(ours), Ok(text)) = (Document::parse(bytes, &Limits::MESSAGE), str::from_utf8(bytes)) else { return };
    let theirs = roxmltree::Document::parse(text).expect("roxmltree reads what we read");
    assert_eq!(ours.root().name(), theirs.root_element().tag_name().name());
    ours.root().children().zip(theirs.root_element().children().filter(|n| n.is_element())).for_each(|(a, b)| assert_eq!(a.name(), b.tag_name().name()));
});
