//! Any `Authorization` of the gateway: read or refused, never a panic; what is printed reads as the same. What reads it can dial nobody: it has neither a socket nor a name to look up.
#![no_main]
use identity::gateway::authorization::{Credential, Schema};
use identity::gateway::transaction::Wishes;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = Credential::read(text);
    let _ = Wishes::read(text);
    if let Ok(schema) = Schema::read(text) {
        // An address has several spellings (`[::A]`) and is printed in one; what was printed is read as the same again.
        let printed = schema.print();
        let again = Schema::read(&printed).map(|again| again.print());
        assert_eq!(again.ok(), Some(printed));
    }
});
