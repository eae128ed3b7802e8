//! Any token: believed or refused, never a panic.
#![no_main]
use oauth::jwt::{ApplicationToken, Expected, SharedSecret, verify};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let key = SharedSecret::<ApplicationToken>::new(&[7; 32]).expect("32 bytes are a key");
    let expected = Expected { issuer: "o", audience: None, skew: jiff::SignedDuration::ZERO };
    let _ = verify::<ApplicationToken>(text, &key, &expected, jiff::Timestamp::UNIX_EPOCH);
});
