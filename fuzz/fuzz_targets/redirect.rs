//! Any query string: decoded within bounds or refused, and what was decoded survives being sent again.
#![no_main]
use saml::bindings::redirect::{Outgoing, Redirected, encode_unsigned};
use saml::validate::request::{Came, explain};

libfuzzer_sys::fuzz_target!(|query: &str| {
    let Ok(came) = Redirected::decode(query) else { return };
    assert!(came.xml.len() <= 256 * 1024);
    assert!(came.verify(&[], None).is_err());
    let _ = explain(&Came::Redirect(&came), None, &[]);
    let Ok(xml) = str::from_utf8(&came.xml) else { return };
    let message = Outgoing { kind: came.kind, xml, relay_state: came.relay_state.as_deref() };
    let again = Redirected::decode(&encode_unsigned(message)).expect("our own query");
    assert_eq!((again.xml, again.relay_state), (came.xml.clone(), came.relay_state));
});
