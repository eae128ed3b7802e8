//! This module owns the token of the last successful sign-in of each profile, encrypted, and one lock per profile. It does not
//! know how a token is got or printed.
//!
//! * [`sealed`]: the layout of the file in which a token lies · [`keeper`]: who keeps the key that opens it
//! * [`keys`]: the key, from whoever keeps it · `secret_service`, `kernel`: the keyrings of a Linux desktop and of the kernel
//!
//! A keyring keeps the key, and a file the token: so a token of any length fits, is replaced and forgotten in one step, and
//! is forgotten even when the keyring is locked. A file says who keeps its key; there is never a second place to look.

mod keeper;
#[cfg(all(feature = "keyring", target_os = "linux"))]
mod kernel;
mod keys;
mod sealed;
#[cfg(all(feature = "secret-service", target_os = "linux"))]
mod secret_service;

pub(crate) use keeper::{Choice, Keeper};
pub(crate) use keys::{KeyringAccess, KeyringError};

use crate::folders::Folders;
use crate::login::{Address, Method, Secret};
use crate::private_file;
use jiff::Timestamp;
use keys::Keys;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, TryLockError};
use std::io;
use std::time::Duration;
use zeroize::{Zeroize, Zeroizing};

/// The lock of the keys; the name of a profile does not begin so.
const KEY_LOCK: &str = ".key";

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
    /// The file is not ours, not whole, or its key is another or gone.
    #[error("the cached token cannot be read: its file or its key was changed, or the key is gone")]
    Unreadable,
    /// The keyring with the key, or the one that was asked for, cannot be used now.
    #[error("the {keeper} cannot be used: {error}")]
    Keyring {
        /// Which one.
        keeper: Keeper,
        /// Why.
        error: KeyringError,
    },
    /// Another process holds the lock.
    #[error("another portaria is signing in with this profile and does not end")]
    Locked,
}

/// The cache of this user.
#[derive(Debug)]
pub(crate) struct Cache<'a> {
    folders: &'a Folders,
    access: KeyringAccess,
}

impl<'a> Cache<'a> {
    /// The cache in those folders, whose keyrings may be used so.
    pub(crate) fn new(folders: &'a Folders, access: KeyringAccess) -> Self {
        Self { folders, access }
    }

    /// What the last successful sign-in of `profile` brought.
    pub(crate) async fn read(&self, profile: &str) -> Result<Option<CachedToken>, CacheError> {
        let Some(sealed) = found(fs::read(self.folders.token(profile)))? else {
            return Ok(None);
        };
        let keeper = sealed::keeper(&sealed).ok_or(CacheError::Unreadable)?;
        let key = self.keys().read(keeper).await?;
        let key = key.ok_or(CacheError::Unreadable)?;
        let plain = sealed::open(profile, &key, &sealed).ok_or(CacheError::Unreadable)?;
        let written: Written =
            serde_json::from_slice(&plain).map_err(|_| CacheError::Unreadable)?;
        Ok(Some(written.into()))
    }

    /// Whether that keyring can be used now; a file always can.
    pub(crate) async fn check(&self, keeper: Keeper) -> Result<(), CacheError> {
        self.keys().read(keeper).await.map(|_| ())
    }

    /// Who keeps the key of the token of `profile`, if there is one.
    pub(crate) fn keeper(&self, profile: &str) -> Result<Option<Keeper>, CacheError> {
        let sealed = found(fs::read(self.folders.token(profile)))?;
        Ok(sealed.as_deref().and_then(sealed::keeper))
    }

    /// Replaces it. Its key is kept as `choice` says: where that leaves it open, by the first keyring that can be used.
    pub(crate) async fn write(
        &self,
        profile: &str,
        token: &CachedToken,
        choice: Choice,
    ) -> Result<(), CacheError> {
        let (keeper, key) = {
            // Two profiles that sign in at once must not make a key each: the later would replace the first one's.
            let _lock = self.lock(KEY_LOCK, self.access.patience).await?;
            self.keys().read_or_make(choice).await?
        };
        let mut written = Written::from(token);
        let content =
            Zeroizing::new(serde_json::to_vec(&written).expect("strings and numbers become JSON"));
        written.token.zeroize();
        let sealed =
            sealed::seal(profile, (keeper, &key), &content).ok_or(CacheError::Unreadable)?;
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

    fn keys(&self) -> Keys<'_> {
        Keys::new(self.folders, self.access)
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

    const FILE: Choice = Choice::By(Keeper::File);

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
            Cache::new(
                &self.folders,
                KeyringAccess {
                    may_ask: false,
                    patience: Duration::from_secs(10),
                },
            )
        }
    }

    #[tokio::test]
    async fn token_comes_back_as_it_was_written() {
        let home = Home::new();
        assert_eq!(home.cache().read("default").await.unwrap(), None);
        home.cache().write("default", &token(), FILE).await.unwrap();
        assert_eq!(home.cache().read("default").await.unwrap(), Some(token()));
        home.cache().remove("default").unwrap();
        assert_eq!(home.cache().read("default").await.unwrap(), None);
    }

    #[tokio::test]
    async fn token_does_not_stand_in_the_file() {
        let home = Home::new();
        home.cache().write("default", &token(), FILE).await.unwrap();
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

    #[tokio::test]
    async fn changed_file_is_refused() {
        let home = Home::new();
        home.cache().write("default", &token(), FILE).await.unwrap();
        let path = home.folders.token("default");
        let sealed = fs::read(&path).unwrap();
        for position in [0, 1, 13, sealed.len() - 1] {
            let mut changed = sealed.clone();
            changed[position] ^= 1;
            fs::write(&path, changed).unwrap();
            let refused = home.cache().read("default").await;
            assert!(
                matches!(refused, Err(CacheError::Unreadable)),
                "byte {position}"
            );
        }
        fs::write(&path, &sealed[..12]).unwrap();
        assert!(matches!(
            home.cache().read("default").await,
            Err(CacheError::Unreadable)
        ));
        fs::write(&path, sealed).unwrap();
        assert_eq!(home.cache().read("default").await.unwrap(), Some(token()));
    }

    #[tokio::test]
    async fn token_of_another_profile_is_refused() {
        let home = Home::new();
        home.cache().write("mine", &token(), FILE).await.unwrap();
        fs::rename(home.folders.token("mine"), home.folders.token("yours")).unwrap();
        assert!(matches!(
            home.cache().read("yours").await,
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
