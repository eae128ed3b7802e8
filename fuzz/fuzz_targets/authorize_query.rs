//! Any query at the authorization endpoint: judged or refused, never a panic.
#![no_main]
use oauth::authorize::{Asking, Policy};

libfuzzer_sys::fuzz_target!(|query: &str| {
    let policy = Policy { code: true, implicit: true, pkce: false, scopes: &["public_profile"] };
    let _ = Asking::read(query).and_then(|asking| asking.judge(&policy));
});
