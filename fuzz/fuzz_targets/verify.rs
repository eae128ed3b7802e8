//! Nothing is believed without the key, whatever is made of a document that another key signed; and nothing panics.
#![no_main]
use std::sync::LazyLock;
use xmldsig::{dom::Document, keys::VerifyingKey, limits::Limits, verify::verify};

static KEY: LazyLock<VerifyingKey> =
    LazyLock::new(|| VerifyingKey::from_certificate(include_bytes!("../samples/certificate.der")).expect("it is a certificate"));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = Document::parse(bytes, &Limits::MESSAGE) else { return };
    assert!(verify(document.root(), &[KEY.clone()]).is_err());
});
