//! The file in which a token lies: a byte that says who keeps the key, a nonce, and the token under AES-256-GCM.
//!
//! What the encryption is worth: whoever gets only the file (a backup, a synchronised folder, a stray copy) reads nothing.
//! Whoever can ask the keeper of the key as this user, or is root, reads the token, as they could read it out of this program.

use super::keeper::Keeper;
use aws_lc_rs::aead::{AES_256_GCM, Aad, RandomizedNonceKey};
use zeroize::Zeroizing;

/// Bytes of a key.
pub(super) const KEY: usize = 32;
const NONCE: usize = 12;
const TAG: usize = 16;

/// A key, wiped when it is not needed any more.
pub(super) type Key = Zeroizing<Vec<u8>>;

/// Who keeps the key of that file. None: no file of ours.
pub(super) fn keeper(sealed: &[u8]) -> Option<Keeper> {
    match sealed.first()? {
        1 => Some(Keeper::File),
        2 => Some(Keeper::SecretService),
        3 => Some(Keeper::KernelKeyring),
        _ => None,
    }
}

/// The file of `profile`, whose key is kept by somebody. None: this is no key.
pub(super) fn seal(profile: &str, (keeper, key): (Keeper, &Key), plain: &[u8]) -> Option<Vec<u8>> {
    let mut content = plain.to_vec();
    // The profile is authenticated with the token: a file renamed to another profile does not open.
    let nonce = RandomizedNonceKey::new(&AES_256_GCM, key)
        .and_then(|key| key.seal_in_place_append_tag(Aad::from(profile), &mut content))
        .ok()?;
    let mut sealed = vec![match keeper {
        Keeper::File => 1,
        Keeper::SecretService => 2,
        Keeper::KernelKeyring => 3,
    }];
    sealed.extend_from_slice(nonce.as_ref());
    sealed.extend_from_slice(&content);
    Some(sealed)
}

/// What lies in the file. None: it was changed, or the key is another.
pub(super) fn open(profile: &str, key: &Key, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    if sealed.len() < 1 + NONCE + TAG {
        return None;
    }
    let nonce: [u8; NONCE] = sealed[1..=NONCE].try_into().ok()?;
    let mut content = Zeroizing::new(sealed[1 + NONCE..].to_vec());
    let key = RandomizedNonceKey::new(&AES_256_GCM, key).ok()?;
    let length = key
        .open_in_place((&nonce).into(), Aad::from(profile), &mut content)
        .ok()?
        .len();
    content.truncate(length);
    Some(content)
}
