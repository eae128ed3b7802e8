//! Any form field: decoded or refused, and what was decoded survives being sent again.
#![no_main]
use saml::bindings::post::{decode, encode};

libfuzzer_sys::fuzz_target!(|field: &str| {
    let Ok(message) = decode(field) else { return };
    let Ok(xml) = str::from_utf8(&message) else { return };
    assert_eq!(decode(&encode(xml)).expect("our own field"), message);
});
