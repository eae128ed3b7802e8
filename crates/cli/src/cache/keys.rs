//! The key of the cache, from whoever keeps it.

use super::CacheError;
use super::keeper::{Choice, KEYRINGS, Keeper};
use super::sealed::{KEY, Key};
use crate::folders::Folders;
use crate::private_file;
use aws_lc_rs::rand;
use std::fs;
use std::time::Duration;
use zeroize::Zeroizing;

/// How long a keyring that asks nobody may take: it answers from memory, or not at all.
const UNASKED: Duration = Duration::from_secs(5);

/// How keyrings may be used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyringAccess {
    /// Whether a locked one may open a window and ask for its password.
    pub(crate) may_ask: bool,
    /// How long that may take.
    pub(crate) patience: Duration,
}

/// Why a keyring does not serve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyringError {
    /// There is none, or it does not speak as documented.
    #[error("{0}")]
    Unavailable(String),
    /// It is locked, and nobody may be asked.
    #[error("it is locked")]
    #[cfg_attr(
        not(all(feature = "secret-service", target_os = "linux")),
        expect(dead_code, reason = "only the desktop's keyring is ever locked")
    )]
    Locked,
    /// A person said no.
    #[error("the person did not unlock it")]
    #[cfg_attr(
        not(all(feature = "secret-service", target_os = "linux")),
        expect(dead_code, reason = "only the desktop's keyring is ever locked")
    )]
    Dismissed,
    /// It did not answer.
    #[error("it does not answer")]
    TimedOut,
}

/// The keepers of one user's key.
pub(super) struct Keys<'a> {
    folders: &'a Folders,
    access: KeyringAccess,
}

impl<'a> Keys<'a> {
    /// Those of the owner of the folders.
    pub(super) fn new(folders: &'a Folders, access: KeyringAccess) -> Self {
        Self { folders, access }
    }

    /// The key that `keeper` has, if it has one.
    pub(super) async fn read(&self, keeper: Keeper) -> Result<Option<Key>, CacheError> {
        if keeper == Keeper::File {
            return Ok(super::found(fs::read(self.folders.cache_key()))?.map(Zeroizing::new));
        }
        let key = self.within_time(self.ask_keyring(keeper, None)).await;
        key.map_err(|error| CacheError::Keyring { keeper, error })
    }

    /// A key, made where there is none, and who keeps it.
    pub(super) async fn read_or_make(&self, choice: Choice) -> Result<(Keeper, Key), CacheError> {
        match choice {
            Choice::By(keeper) if keeper != Keeper::File => {
                let key = self.of_keyring(keeper).await;
                return key
                    .map(|key| (keeper, key))
                    .map_err(|error| CacheError::Keyring { keeper, error });
            }
            Choice::Auto => {
                for keeper in KEYRINGS {
                    if let Ok(key) = self.of_keyring(keeper).await {
                        return Ok((keeper, key));
                    }
                }
            }
            Choice::By(_) | Choice::Nobody => {}
        }
        Ok((Keeper::File, self.of_file()?))
    }

    async fn of_keyring(&self, keeper: Keeper) -> Result<Key, KeyringError> {
        let fresh = fresh_key();
        let key = self
            .within_time(self.ask_keyring(keeper, Some(&fresh)))
            .await?;
        // What somebody else put under our name is no key.
        key.filter(|key| key.len() == KEY)
            .ok_or_else(|| KeyringError::Unavailable("what it keeps is no key".to_owned()))
    }

    /// The key in that keyring; `fresh` is put there if there is none.
    async fn ask_keyring(
        &self,
        keeper: Keeper,
        fresh: Option<&Key>,
    ) -> Result<Option<Key>, KeyringError> {
        // Homes that do not share a state folder do not share a key.
        let name = format!(
            "portaria: key of the tokens of {}",
            self.folders.cache_key().display()
        );
        match keeper {
            Keeper::SecretService => from_desktop(&name, fresh, self.access.may_ask).await,
            Keeper::KernelKeyring => from_kernel(&name, fresh),
            Keeper::File => Ok(None),
        }
    }

    async fn within_time<T>(
        &self,
        asking: impl Future<Output = Result<T, KeyringError>>,
    ) -> Result<T, KeyringError> {
        let patience = if self.access.may_ask {
            self.access.patience
        } else {
            self.access.patience.min(UNASKED)
        };
        tokio::time::timeout(patience, asking)
            .await
            .unwrap_or(Err(KeyringError::TimedOut))
    }

    fn of_file(&self) -> Result<Key, CacheError> {
        let path = self.folders.cache_key();
        if let Some(key) = super::found(fs::read(&path))? {
            return Ok(Zeroizing::new(key));
        }
        let key = fresh_key();
        if private_file::create(&path, &key)? {
            return Ok(key);
        }
        // Another process was faster: its key is the key.
        Ok(Zeroizing::new(fs::read(&path)?))
    }
}

#[cfg(all(feature = "secret-service", target_os = "linux"))]
use super::secret_service::key as from_desktop;
#[cfg(not(all(feature = "secret-service", target_os = "linux")))]
async fn from_desktop(
    _name: &str,
    _fresh: Option<&Key>,
    _may_ask: bool,
) -> Result<Option<Key>, KeyringError> {
    std::future::ready(Err(not_built())).await
}

#[cfg(all(feature = "keyring", target_os = "linux"))]
use super::kernel::key as from_kernel;
#[cfg(not(all(feature = "keyring", target_os = "linux")))]
fn from_kernel(_name: &str, _fresh: Option<&Key>) -> Result<Option<Key>, KeyringError> {
    Err(not_built())
}

#[cfg(not(all(feature = "keyring", feature = "secret-service", target_os = "linux")))]
fn not_built() -> KeyringError {
    KeyringError::Unavailable("this build of the program does not know it".to_owned())
}

fn fresh_key() -> Key {
    let mut key = Zeroizing::new(vec![0; KEY]);
    rand::fill(&mut key).expect("the operating system provides randomness");
    key
}
