//! How a relying party shall be answered: form and judgement. What comes of it is kept as [`crate::reply::Reply`].

use super::judge::{Finder, unprintable};
use crate::entities::NameIdSource;
use crate::keys::Own;
use crate::peers::Peer;
use crate::reply::{self, Digest, Signature, Signed, Source};
use std::collections::BTreeMap;
use xmldsig::generate::KeyAlgorithm;
use xmldsig::keys::{Assertions, SigningKey};
use zeroize::Zeroizing;

/// How a relying party shall be answered; what is not given is as the door does it.
#[derive(Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// `assertion`, `response` or `both`.
    pub signed: Option<Signed>,
    /// `rsa-sha256`, `rsa-sha384`, `rsa-sha512`, `ecdsa-sha256`, `ecdsa-sha384`, or `rsa-sha1` with [`Reply::sha1`]. Requests
    /// that do not name their algorithm are taken to use it.
    pub signature_algorithm: Option<Signature>,
    /// `sha256`, `sha384`, `sha512`, or `sha1` with [`Reply::sha1`].
    pub digest_algorithm: Option<Digest>,
    /// Allows SHA-1, for a party that knows nothing else.
    #[serde(default)]
    pub sha1: bool,
    /// What stands in the NameID: `guid`, `principal-name` or `email`.
    pub name_id: Option<NameIdSource>,
    /// What it is called: `unspecified`, `email`, `persistent`, or a URI.
    pub name_id_format: Option<String>,
    /// The attributes to tell: name → `principal-name`, `user-name`, `email`, `full-name`, `groups` or `guid`. An empty table
    /// tells none.
    pub attributes: Option<BTreeMap<String, Source>>,
    /// Encrypts assertions to the key in the party's metadata.
    #[serde(default)]
    pub encrypt: bool,
    /// Makes a key pair for this party alone: `rsa-2048`, `rsa-3072`, `rsa-4096`, `p-256` or `p-384`.
    pub own_key: Option<String>,
    /// The certificate of a key pair that exists, PEM.
    pub certificate: Option<String>,
    /// Its private key, PEM (PKCS#8).
    pub private_key: Option<String>,
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply")
            .field("signed", &self.signed)
            .field("signature_algorithm", &self.signature_algorithm)
            .field("encrypt", &self.encrypt)
            .finish_non_exhaustive()
    }
}

/// The keys that shall sign for a party alone.
pub(super) enum Keys {
    /// Made here, of that kind.
    Made(KeyAlgorithm),
    /// A pair that exists.
    Brought(Own),
}

impl Reply {
    /// What is kept of it.
    pub(super) fn kept(&self) -> reply::Reply {
        reply::Reply {
            signed: self.signed,
            signature_algorithm: self.signature_algorithm,
            digest_algorithm: self.digest_algorithm,
            name_id: self.name_id,
            name_id_format: self
                .name_id_format
                .as_deref()
                .map(|name| format(name).to_owned()),
            attributes: self.attributes.clone(),
            encrypt: self.encrypt,
            own_keys: self.own_key.is_some() || self.certificate.is_some(),
        }
    }

    /// The keys that shall sign; none leaves it to the door. Only for what was judged sound.
    pub(super) fn keys(&self) -> Option<Keys> {
        if let Some(name) = &self.own_key {
            return KeyAlgorithm::from_name(name).map(Keys::Made);
        }
        self.brought().map(Keys::Brought)
    }

    fn brought(&self) -> Option<Own> {
        let certificate = pem(self.certificate.as_deref()?, "CERTIFICATE")?;
        Some(Own {
            private: Zeroizing::new(pem(self.private_key.as_deref()?, "PRIVATE KEY")?),
            certificate,
        })
    }
}

/// Whether it can be done, towards the party as `peer` describes it.
pub(super) fn judge(finder: &mut Finder, declared: &Reply, (here, peer): (&str, Option<&Peer>)) {
    let at = |field: &str| format!("{here}.{field}");
    let kept = declared.kept();
    finder.unless(
        !kept.is_legacy() || declared.sha1,
        &at("sha1"),
        "must be true for SHA-1: forged signatures are affordable",
    );
    finder.unless(
        kept.is_legacy() || !declared.sha1,
        &at("sha1"),
        "allows something that is not asked for",
    );
    finder.advise(
        !kept.is_legacy(),
        &at("sha1"),
        "is on: whoever can afford a collision forges what it is answered; have the party take SHA-256",
    );
    if let Some(name) = &declared.name_id_format {
        finder.text(name, &at("name_id_format"));
    }
    for name in declared.attributes.iter().flat_map(BTreeMap::keys) {
        finder.unless(
            !name.is_empty() && !name.chars().any(unprintable),
            &at("attributes"),
            "has an attribute without a name that XML can carry",
        );
    }
    finder.unless(
        !declared.encrypt || peer.is_none_or(|peer| peer.encryption.is_some()),
        &at("encrypt"),
        "needs an RSA key for encryption in the party's metadata",
    );
    judge_keys(finder, declared, &at);
}

fn judge_keys(finder: &mut Finder, declared: &Reply, at: &dyn Fn(&str) -> String) {
    finder.unless(
        declared.own_key.is_none() || declared.certificate.is_none(),
        &at("own_key"),
        "stands beside a certificate, and only one of them can be right",
    );
    finder.unless(
        declared.certificate.is_some() == declared.private_key.is_some(),
        &at("private_key"),
        "and certificate belong together",
    );
    let wanted = declared.signature_algorithm.map(Signature::algorithm);
    if let Some(name) = &declared.own_key {
        let known = KeyAlgorithm::from_name(name);
        finder.unless(
            known.is_some(),
            &at("own_key"),
            "must be rsa-2048, rsa-3072, rsa-4096, p-256 or p-384",
        );
        let fits = known
            .zip(wanted)
            .is_none_or(|(key, algorithm)| key.fits(algorithm));
        finder.unless(fits, &at("signature_algorithm"), "does not fit the own key");
    } else if declared.certificate.is_some() {
        let Some(own) = declared.brought() else {
            let what = "and certificate are not PEM: a PRIVATE KEY (PKCS#8) and a CERTIFICATE";
            finder.unless(declared.private_key.is_none(), &at("private_key"), what);
            return;
        };
        match SigningKey::<Assertions>::from_pkcs8(&own.private, own.certificate) {
            Ok(key) => finder.unless(
                wanted.is_none_or(|algorithm| key.fits(algorithm)),
                &at("signature_algorithm"),
                "does not fit the own key",
            ),
            Err(error) => finder.unless(false, &at("private_key"), &error.to_string()),
        }
    } else {
        finder.unless(
            wanted.is_none_or(|algorithm| KeyAlgorithm::Rsa2048.fits(algorithm)),
            &at("signature_algorithm"),
            "needs an own_key: the keys of doors are RSA",
        );
    }
}

/// The name of a format that HORACIUS's settings know, or the URI itself.
fn format(name: &str) -> &str {
    match name {
        "unspecified" => saml::names::UNSPECIFIED,
        "email" => saml::names::EMAIL_ADDRESS,
        "persistent" => saml::names::PERSISTENT,
        uri => uri,
    }
}

/// The bytes between the lines of that label (RFC 7468 §2), the first of them if there are several.
fn pem(text: &str, label: &str) -> Option<Vec<u8>> {
    use base64::Engine;
    let (_, rest) = text.split_once(&format!("-----BEGIN {label}-----"))?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
    let body: Zeroizing<String> = Zeroizing::new(body.split_ascii_whitespace().collect());
    base64::engine::general_purpose::STANDARD
        .decode(body.as_bytes())
        .ok()
}
