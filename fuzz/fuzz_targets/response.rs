//! Nothing is accepted without the key, explaining never panics, and what is refused is explained.
#![no_main]
use jiff::{SignedDuration, Timestamp};
use saml::validate::response::{Expectations, Known, accept, claimed, explain};
use std::sync::LazyLock;
use xmldsig::keys::VerifyingKey;

static KEYS: LazyLock<[VerifyingKey; 1]> =
    LazyLock::new(|| [VerifyingKey::from_certificate(include_bytes!("../samples/certificate.der")).expect("it is a certificate")]);

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let now = Timestamp::from_second(1_800_000_000).expect("a time");
    let _ = claimed(bytes);
    let _ = explain(bytes, &Known::default(), now);
    let expected = Expectations {
        issuer: "https://idp.example.org/idp",
        keys: &*KEYS,
        audience: "urn:sp",
        acs: &["https://sp.example.org/acs"],
        in_response_to: None,
        decryption: &[],
        skew: SignedDuration::from_secs(30),
    };
    assert!(accept(bytes, &expected, now).is_err());
});
