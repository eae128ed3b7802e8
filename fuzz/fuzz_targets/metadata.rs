//! Any metadata: read or refused, and what was read is the same when written and read again.
#![no_main]
use saml::metadata::EntityDescriptor;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(mut entity) = EntityDescriptor::read(bytes) else { return };
    // Written times are cut off at milliseconds.
    entity.valid_until = None;
    let written = entity.to_xml("_m", None).expect("what was XML can be XML again");
    assert_eq!(EntityDescriptor::read(written.as_bytes()).expect("our own metadata"), entity);
});
