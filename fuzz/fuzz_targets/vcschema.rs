//! Any `Authorization` of the gateway: read or refused, never a panic; what is printed reads as the same. What reads it can dial nobody: it has neither a socket nor a name to look up.
#![no_main]
use identity::gateway::authorization::{Credential, Schema};
use identity::gateway::transaction::Wishes;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = Credential::read(text);
    let _ = Wishes::read(text);
    if let Ok(schema) = Schema::read(text) {
        // What was read is printed letter for letter, so that reading it again gives the same: parse(print(x)) = x.
        assert_eq!(schema.print(), text);
    }
});
