//! Any SOAP envelope of an enhanced client: read or refused; the message in one is a document of its own that reads as itself.
#![no_main]
use saml::ecp::{carried, response};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(found) = carried(bytes) else { return };
    let again = response("https://sp.example.org/acs", &found.message).expect("a message fits into an envelope");
    assert_eq!(carried(again.as_bytes()).expect("our own envelope").message, found.message);
});
