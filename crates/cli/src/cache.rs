//! The token of the last successful sign-in of each profile, in an encrypted file, and one lock per profile.
//!
//! What the encryption is worth: the token lies in the cache folder, its key in the state folder. Whoever gets only the first
//! (a backup, a synchronised folder, a stray copy) reads nothing. Whoever can read both as this user, or as root, reads the
//! token, as they could read it out of this program. That is why both are mode 0600 and why a token is short-lived.

use crate::folders::Folders;
use crate::login::{Address, Method, Secret};
use crate::private_file;
use aws_lc_rs::aead::{AES_256_GCM, Aad, RandomizedNonceKey};
use aws_lc_rs::rand;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, TryLockError};
use std::io;
use std::time::Duration;
use zeroize::{Zeroize, Zeroizing};

/// The first byte of a file; a change of its layout changes it.
const LAYOUT: u8 = 1;
const NONCE: usize = 12;
const TAG: usize = 16;
const KEY: usize = 32;

/// A token, and all that is needed to say whose it is and to end it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CachedToken {
    /// The bearer credential.
    pub(crate) token: Secret,
    /// From when on it is worthless.
    pub(crate) expires_at: Timestamp,
    /// Where it is accepted.
    pub(crate) address: Address,
    /// The account that it opens; 0 is the grid.
    pub(crate) account: String,
    /// How it was got.
    pub(crate) method: Method,
    /// User name, as typed.
    pub(crate) user: String,
    /// Domain, as typed.
    pub(crate) domain: String,
    /// Hosts that took part in the sign-in, and may take part in the sign-out.
    pub(crate) hosts: Vec<String>,
}

/// Why the cache did not do what it should.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CacheError {
    /// The disk.
    #[error("the token cache cannot be used")]
    Disk(#[from] io::Error),
    /// The file is not ours, not whole, or its key is another.
    #[error("the cached token cannot be read: its file or its key was changed")]
    Unreadable,
    /// Another process holds the lock.
    #[error("another portaria is signing in with this profile and does not end")]
    Locked,
}

/// The cache of this user.
#[derive(Debug)]
pub(crate) struct Cache<'a> {
    folders: &'a Folders,
}

impl<'a> Cache<'a> {
    /// The cache in those folders.
    pub(crate) fn new(folders: &'a Folders) -> Self {
        Self { folders }
    }

    /// What the last successful sign-in of `profile` brought.
    pub(crate) fn read(&self, profile: &str) -> Result<Option<CachedToken>, CacheError> {
        let Some(mut sealed) = found(fs::read(self.folders.token(profile)))? else {
            return Ok(None);
        };
        let Some(key) = found(fs::read(self.folders.cache_key()))?.map(Zeroizing::new) else {
            return Err(CacheError::Unreadable);
        };
        if sealed.len() < 1 + NONCE + TAG || sealed[0] != LAYOUT {
            return Err(CacheError::Unreadable);
        }
        let nonce: [u8; NONCE] = sealed[1..=NONCE]
            .try_into()
            .expect("the length was checked");
        let plain = sealing_key(&key)?
            .open_in_place(
                (&nonce).into(),
                Aad::from(profile),
                &mut sealed[1 + NONCE..],
            )
            .map_err(|_| CacheError::Unreadable)?;
        let written: Written = serde_json::from_slice(plain).map_err(|_| CacheError::Unreadable)?;
        Ok(Some(written.into()))
    }

    /// Replaces it.
    pub(crate) fn write(&self, profile: &str, token: &CachedToken) -> Result<(), CacheError> {
        let key = self.key()?;
        let mut written = Written::from(token);
        let mut content =
            Zeroizing::new(serde_json::to_vec(&written).expect("strings and numbers become JSON"));
        written.token.zeroize();
        // The profile is authenticated with the token: a file renamed to another profile does not open.
        let nonce = sealing_key(&key)?
            .seal_in_place_append_tag(Aad::from(profile), &mut *content)
            .map_err(|_| CacheError::Unreadable)?;
        let mut sealed = vec![LAYOUT];
        sealed.extend_from_slice(nonce.as_ref());
        sealed.extend_from_slice(&content);
        Ok(private_file::write(&self.folders.token(profile), &sealed)?)
    }

    /// Forgets it.
    pub(crate) fn remove(&self, profile: &str) -> Result<(), CacheError> {
        found(fs::remove_file(self.folders.token(profile)))?;
        Ok(())
    }

    /// Waits until no other process works on `profile`. The lock ends with the value, or with the process.
    pub(crate) async fn lock(&self, profile: &str, patience: Duration) -> Result<Lock, CacheError> {
        let file = private_file::append(&self.folders.lock(profile))?;
        let waiting = async {
            loop {
                match file.try_lock() {
                    Ok(()) => return Ok(()),
                    Err(TryLockError::WouldBlock) => {
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                    Err(TryLockError::Error(error)) => return Err(CacheError::Disk(error)),
                }
            }
        };
        tokio::time::timeout(patience, waiting)
            .await
            .map_err(|_| CacheError::Locked)??;
        Ok(Lock { _file: file })
    }

    /// The key; made when there is none.
    fn key(&self) -> Result<Zeroizing<Vec<u8>>, CacheError> {
        let path = self.folders.cache_key();
        if let Some(key) = found(fs::read(&path))? {
            return Ok(Zeroizing::new(key));
        }
        let mut key = Zeroizing::new(vec![0; KEY]);
        rand::fill(&mut key).expect("the operating system provides randomness");
        if private_file::create(&path, &key)? {
            return Ok(key);
        }
        // Another process was faster: its key is the key.
        Ok(Zeroizing::new(fs::read(&path)?))
    }
}

/// The right to sign in with a profile, held by one process at a time.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// What stands in the file.
#[derive(Serialize, Deserialize)]
struct Written {
    token: String,
    expires_at: Timestamp,
    address: Address,
    account: String,
    method: Method,
    user: String,
    domain: String,
    hosts: Vec<String>,
}

impl From<&CachedToken> for Written {
    fn from(cached: &CachedToken) -> Self {
        let cached = cached.clone();
        Self {
            token: cached.token.expose().to_owned(),
            expires_at: cached.expires_at,
            address: cached.address,
            account: cached.account,
            method: cached.method,
            user: cached.user,
            domain: cached.domain,
            hosts: cached.hosts,
        }
    }
}

impl From<Written> for CachedToken {
    fn from(written: Written) -> Self {
        Self {
            token: Secret::new(written.token),
            expires_at: written.expires_at,
            address: written.address,
            account: written.account,
            method: written.method,
            user: written.user,
            domain: written.domain,
            hosts: written.hosts,
        }
    }
}

fn sealing_key(key: &[u8]) -> Result<RandomizedNonceKey, CacheError> {
    RandomizedNonceKey::new(&AES_256_GCM, key).map_err(|_| CacheError::Unreadable)
}

fn found<T>(outcome: io::Result<T>) -> io::Result<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> CachedToken {
        CachedToken {
            token: Secret::new("56eb07bf-21f6-40b7-af0b-5c6cacfb25e7"),
            expires_at: "2026-01-01T00:00:00Z".parse().unwrap(),
            address: "storagegrid.example.com".parse().unwrap(),
            account: "12345".to_owned(),
            method: Method::Adfs,
            user: "my-sso-username".to_owned(),
            domain: "my-domain".to_owned(),
            hosts: vec!["adfs.example.com".to_owned()],
        }
    }

    struct Home {
        folders: Folders,
        _folder: tempfile::TempDir,
    }

    impl Home {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let folders = Folders::under(folder.path());
            Self {
                folders,
                _folder: folder,
            }
        }

        fn cache(&self) -> Cache<'_> {
            Cache::new(&self.folders)
        }
    }

    #[test]
    fn token_comes_back_as_it_was_written() {
        let home = Home::new();
        assert_eq!(home.cache().read("default").unwrap(), None);
        home.cache().write("default", &token()).unwrap();
        assert_eq!(home.cache().read("default").unwrap(), Some(token()));
        home.cache().remove("default").unwrap();
        assert_eq!(home.cache().read("default").unwrap(), None);
    }

    #[test]
    fn token_does_not_stand_in_the_file() {
        let home = Home::new();
        home.cache().write("default", &token()).unwrap();
        let sealed = fs::read(home.folders.token("default")).unwrap();
        for word in ["56eb07bf", "my-sso-username", "storagegrid"] {
            assert!(
                !sealed
                    .windows(word.len())
                    .any(|seen| seen == word.as_bytes()),
                "{word}"
            );
        }
    }

    #[test]
    fn changed_file_is_refused() {
        let home = Home::new();
        home.cache().write("default", &token()).unwrap();
        let path = home.folders.token("default");
        let sealed = fs::read(&path).unwrap();
        for position in [0, 1, NONCE + 1, sealed.len() - 1] {
            let mut changed = sealed.clone();
            changed[position] ^= 1;
            fs::write(&path, changed).unwrap();
            let refused = home.cache().read("default");
            assert!(
                matches!(refused, Err(CacheError::Unreadable)),
                "byte {position}"
            );
        }
        fs::write(&path, &sealed[..NONCE]).unwrap();
        assert!(matches!(
            home.cache().read("default"),
            Err(CacheError::Unreadable)
        ));
        fs::write(&path, sealed).unwrap();
        assert_eq!(home.cache().read("default").unwrap(), Some(token()));
    }

    #[test]
    fn token_of_another_profile_is_refused() {
        let home = Home::new();
        home.cache().write("mine", &token()).unwrap();
        fs::rename(home.folders.token("mine"), home.folders.token("yours")).unwrap();
        assert!(matches!(
            home.cache().read("yours"),
            Err(CacheError::Unreadable)
        ));
    }

    #[tokio::test]
    async fn one_at_a_time_holds_the_lock() {
        let home = Home::new();
        let cache = home.cache();
        let first = cache.lock("default", Duration::ZERO).await.unwrap();
        let second = cache.lock("default", Duration::ZERO).await;
        assert!(matches!(second, Err(CacheError::Locked)));
        cache.lock("other", Duration::ZERO).await.unwrap();
        drop(first);
        cache.lock("default", Duration::ZERO).await.unwrap();
    }
}
