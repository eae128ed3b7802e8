//! Our own signing keys: one per organization, door and purpose, sealed in the store, parsed once per process.

use crate::error::Unavailable;
use crate::moment::Moment;
use crate::store::Store;
use crate::store::keys::SealedKey;
use crate::store::millis;
use crate::vault::Vault;
use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use xmldsig::keys::{Purpose, SigningKey};

const SEALED: &str = "signing-key";

/// Keys that were parsed. Bounded by configuration: there are as many as doors and purposes.
#[derive(Default)]
pub(crate) struct KeyRing {
    parsed: RwLock<HashMap<Owner, Arc<dyn Any + Send + Sync>>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Owner {
    organization: String,
    door: String,
    purpose: &'static str,
}

impl KeyRing {
    /// The key of a door for a purpose; made now if there is none yet.
    pub(crate) async fn get<P: Purpose>(
        &self,
        moment: &Moment,
        (store, vault): (&Store, &Vault),
        (organization, door): (&str, &str),
    ) -> Result<Arc<SigningKey<P>>, Unavailable> {
        let owner = Owner {
            organization: organization.to_owned(),
            door: door.to_owned(),
            purpose: P::NAME,
        };
        if let Some(key) = self.cached(&owner) {
            return Ok(key);
        }
        let stored = if let Some(stored) = store.signing_key(organization, door, P::NAME).await? {
            stored
        } else {
            let made = make(moment, vault, &owner).await?;
            store
                .add_signing_key(organization, door, P::NAME, made, millis(moment.now))
                .await?;
            store
                .signing_key(organization, door, P::NAME)
                .await?
                .ok_or_else(|| Unavailable::because("a signing key vanished"))?
        };
        let pkcs8 = vault
            .open(SEALED, &owner.bound(), &stored.sealed)
            .ok_or_else(|| {
                Unavailable::because("a signing key was sealed with another master key")
            })?;
        let key = SigningKey::<P>::from_pkcs8(&pkcs8, stored.certificate)
            .map_err(|e| Unavailable(Box::new(e)))?;
        let key = Arc::new(key);
        self.parsed
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .insert(owner, key.clone());
        Ok(key)
    }

    fn cached<P: Purpose>(&self, owner: &Owner) -> Option<Arc<SigningKey<P>>> {
        let parsed = self
            .parsed
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        parsed.get(owner)?.clone().downcast().ok()
    }
}

impl Owner {
    fn bound(&self) -> Vec<u8> {
        crate::digest::of_parts(&[&self.organization, &self.door, self.purpose]).to_vec()
    }
}

/// A new RSA-2048 key (the kind that AD FS and PingFederate accept) and a certificate of its own for ten years: in SAML the
/// metadata vouches for a key, the certificate only carries it.
async fn make(moment: &Moment, vault: &Vault, owner: &Owner) -> Result<SealedKey, Unavailable> {
    let now = moment.now;
    let name = format!("{} {} {}", owner.organization, owner.door, owner.purpose);
    let serial = moment.bytes::<16>();
    let (pkcs8, certificate) = tokio::task::spawn_blocking(move || {
        let pkcs8 = xmldsig::keys::generate_rsa_2048();
        let certificate = certify(&pkcs8, &name, serial, now)?;
        Ok::<_, rcgen::Error>((pkcs8, certificate))
    })
    .await
    .map_err(|e| Unavailable(Box::new(e)))?
    .map_err(|e| Unavailable(Box::new(e)))?;
    Ok(SealedKey {
        sealed: vault.seal(SEALED, &owner.bound(), &pkcs8, moment.bytes()),
        certificate,
    })
}

fn certify(
    pkcs8: &[u8],
    name: &str,
    mut serial: [u8; 16],
    now: jiff::Timestamp,
) -> Result<Vec<u8>, rcgen::Error> {
    // RFC 5280 §4.1.2.2: a positive number.
    serial[0] &= 0x7f;
    let key = rcgen::KeyPair::try_from(pkcs8)?;
    let mut parameters = rcgen::CertificateParams::default();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters
        .distinguished_name
        .push(rcgen::DnType::CommonName, name);
    parameters.serial_number = Some(rcgen::SerialNumber::from_slice(&serial));
    let year = i32::from(now.to_zoned(jiff::tz::TimeZone::UTC).year());
    parameters.not_before = rcgen::date_time_ymd(year, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(year + 10, 12, 31);
    Ok(parameters.self_signed(&key)?.der().to_vec())
}
