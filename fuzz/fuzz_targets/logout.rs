//! Any logout message: read or refused, and what was read is the same when written and read again.
#![no_main]
use saml::messages::{LogoutRequest, LogoutResponse};
use xmldsig::{dom::Document, limits::Limits};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = Document::parse(bytes, &Limits::MESSAGE) else { return };
    if let Ok(request) = LogoutRequest::read(document.root()) {
        let written = request.to_xml().expect("what was XML can be XML again");
        let again = Document::parse(written.as_bytes(), &Limits::MESSAGE).map(|document| LogoutRequest::read(document.root()));
        // Written times are cut off at milliseconds; all else is the same.
        let again = again.expect("our own XML").expect("our own request");
        assert_eq!((again.name_id, again.session_indexes), (request.name_id, request.session_indexes));
    }
    if let Ok(response) = LogoutResponse::read(document.root()) {
        let written = response.to_xml().expect("what was XML can be XML again");
        let document = Document::parse(written.as_bytes(), &Limits::MESSAGE).expect("our own XML");
        assert_eq!(LogoutResponse::read(document.root()).expect("our own response").status, response.status);
    }
});
