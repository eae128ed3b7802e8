//! Any form at the token endpoint, and any `Authorization` header: read or refused, never a panic.
#![no_main]
use oauth::{introspect::TokenQuestion, token::TokenRequest};

libfuzzer_sys::fuzz_target!(|input: (Option<&str>, &str)| {
    let _ = TokenRequest::read(input.0, input.1);
    let _ = TokenQuestion::read(input.0, input.1);
});
