//! The kernel's persistent keyring of this user: it outlives a session, needs no program and asks nobody, so that it serves where
//! no desktop is. It ends with the machine, and when nobody asked it for days (`/proc/sys/kernel/keys/persistent_keyring_expiry`).

use super::keys::KeyringError;
use super::sealed::Key;
use linux_keyutils::{KeyError, KeyRing, KeyRingIdentifier};
use zeroize::Zeroizing;

/// The key of that name; `fresh` becomes it if there is none.
pub(super) fn key(name: &str, fresh: Option<&Key>) -> Result<Option<Key>, KeyringError> {
    // Linked to this process only: whoever possesses the keyring may read what is in it, and that ends with the process.
    let keyring = KeyRing::get_persistent(KeyRingIdentifier::Process).map_err(refused)?;
    let kept = match keyring.search(name) {
        Ok(kept) => kept,
        Err(KeyError::KeyDoesNotExist | KeyError::KeyExpired | KeyError::KeyRevoked) => {
            let Some(fresh) = fresh else {
                return Ok(None);
            };
            keyring.add_key(name, fresh.as_slice()).map_err(refused)?
        }
        Err(error) => return Err(refused(error)),
    };
    kept.read_to_vec()
        .map(|key| Some(Zeroizing::new(key)))
        .map_err(refused)
}

/// A kernel without keyrings, a container that forbids them, a quota that is full.
fn refused(error: KeyError) -> KeyringError {
    KeyringError::Unavailable(format!("the kernel says: {error:?}"))
}
