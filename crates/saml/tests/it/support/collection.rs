//! Every message that these tests prove to be refused, as a file, where `PORTARIA_REFUSALS` names a folder: what else explains
//! refusals (`portaria explain`) is tried on the same list. A file is called by the code, and has what must be known beside it:
//! responses in the folder itself, requests and logout messages, as they travelled, in folders of their own.

use super::keys::PROVIDER;
use super::response::{ACS, AUDIENCE, ISSUER, REQUEST};
use saml::bindings::redirect::Redirected;
use saml::metadata::{Endpoint, EntityDescriptor, Role};
use saml::names;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex};

/// A message that came by redirect, and the query that carried it.
pub(crate) struct Travelled {
    query: String,
    came: Redirected,
}

impl Travelled {
    /// By that query, which can be decoded.
    pub(crate) fn by(query: String) -> Self {
        let came = Redirected::decode(&query).unwrap();
        Self { query, came }
    }
}

impl Deref for Travelled {
    type Target = Redirected;

    fn deref(&self) -> &Redirected {
        &self.came
    }
}

/// What must be known to judge the messages of a folder.
pub(crate) struct Known {
    /// The folder.
    pub(crate) folder: &'static str,
    /// Metadata of whoever wrote them.
    pub(crate) metadata: fn() -> EntityDescriptor,
    /// Arguments of `portaria explain`, and their values.
    pub(crate) arguments: &'static [&'static str],
}

/// Keeps `xml`, a response that is refused with `code`.
pub(crate) fn collect(xml: &str, code: &str) {
    let known = Known {
        folder: "",
        metadata: provider,
        arguments: &[
            "--audience",
            AUDIENCE,
            "--acs",
            ACS,
            "--in-response-to",
            REQUEST,
        ],
    };
    keep(&known, (xml, "xml"), code);
}

/// Keeps what travelled, which is refused with `code`.
pub(crate) fn collect_travelled(known: &Known, travelled: &Travelled, code: &str) {
    let url = format!("https://idp.example.org/?{}", travelled.query);
    keep(known, (&url, "url"), code);
}

fn keep(known: &Known, (text, kind): (&str, &str), code: &str) {
    static PREPARED: LazyLock<Mutex<HashSet<PathBuf>>> = LazyLock::new(Mutex::default);
    let Some(folder) = std::env::var_os("PORTARIA_REFUSALS") else {
        return;
    };
    let folder = Path::new(&folder).join(known.folder);
    // Held until what must be known is written: the first to come writes it for all.
    let mut prepared = PREPARED.lock().unwrap();
    if prepared.insert(folder.clone()) {
        std::fs::create_dir_all(&folder).unwrap();
        let metadata = (known.metadata)().to_xml("_metadata", None).unwrap();
        std::fs::write(folder.join("metadata"), metadata).unwrap();
        let given = format!("{}\n--at\n{}\n", known.arguments.join("\n"), super::now());
        std::fs::write(folder.join("arguments"), given).unwrap();
    }
    drop(prepared);
    let mut hash = DefaultHasher::new();
    text.hash(&mut hash);
    let file = format!("{code}-{:016x}.{kind}", hash.finish());
    std::fs::write(folder.join(file), text).unwrap();
}

fn provider() -> EntityDescriptor {
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
    EntityDescriptor {
        entity_id: ISSUER.to_owned(),
        identity_provider: Some(role),
        ..EntityDescriptor::default()
    }
}
