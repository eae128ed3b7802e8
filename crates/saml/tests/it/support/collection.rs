//! Every response that these tests prove to be refused, as a file, where `PORTARIA_REFUSALS` names a folder: what else explains
//! refusals (`portaria explain`) is tried on the same list. A file is called by the code, and has what must be known beside it.

use super::keys::PROVIDER;
use super::response::{ACS, AUDIENCE, ISSUER, REQUEST};
use saml::metadata::{Endpoint, EntityDescriptor, Role};
use saml::names;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::Once;

/// Keeps `xml`, which is refused with `code`.
pub(crate) fn collect(xml: &str, code: &str) {
    static KNOWN: Once = Once::new();
    let Some(folder) = std::env::var_os("PORTARIA_REFUSALS") else {
        return;
    };
    let folder = Path::new(&folder);
    KNOWN.call_once(|| {
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join("metadata"), metadata()).unwrap();
        let given = format!(
            "--audience\n{AUDIENCE}\n--acs\n{ACS}\n--in-response-to\n{REQUEST}\n--at\n{}\n",
            super::now()
        );
        std::fs::write(folder.join("arguments"), given).unwrap();
    });
    let mut hash = DefaultHasher::new();
    xml.hash(&mut hash);
    let file = format!("{code}-{:016x}.xml", hash.finish());
    std::fs::write(folder.join(file), xml).unwrap();
}

fn metadata() -> String {
    let role = Role {
        signing: vec![PROVIDER.certificate.clone()],
        single_sign_on: vec![Endpoint {
            binding: names::REDIRECT.to_owned(),
            location: "https://idp.example.org/sso".to_owned(),
            response_location: None,
            index: None,
            is_default: false,
        }],
        ..Role::default()
    };
    let descriptor = EntityDescriptor {
        entity_id: ISSUER.to_owned(),
        identity_provider: Some(role),
        ..EntityDescriptor::default()
    };
    descriptor.to_xml("_metadata", None).unwrap()
}
