//! Where the client keeps what it keeps, by the XDG base directory specification.
//! This module owns the places; it does not know what is in the files.

use std::io;
use std::path::PathBuf;

/// The program's own folder in each of the places.
#[derive(Debug, Clone)]
pub(crate) struct Folders {
    config: PathBuf,
    cache: PathBuf,
    state: PathBuf,
}

impl Folders {
    /// Finds them from the environment. Without `HOME` there is nowhere to keep anything.
    pub(crate) fn from_environment() -> io::Result<Self> {
        Ok(Self {
            config: place("XDG_CONFIG_HOME", ".config")?,
            cache: place("XDG_CACHE_HOME", ".cache")?,
            state: place("XDG_STATE_HOME", ".local/state")?,
        })
    }

    #[cfg(test)]
    pub(crate) fn under(folder: &std::path::Path) -> Self {
        Self {
            config: folder.join("config"),
            cache: folder.join("cache"),
            state: folder.join("state"),
        }
    }

    /// What people write: profiles.
    pub(crate) fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The encrypted token of a profile.
    pub(crate) fn token(&self, profile: &str) -> PathBuf {
        self.cache.join("tokens").join(profile)
    }

    /// The key that encrypts them, in another place than they.
    pub(crate) fn cache_key(&self) -> PathBuf {
        self.state.join("cache.key")
    }

    /// The lock of a profile.
    pub(crate) fn lock(&self, profile: &str) -> PathBuf {
        self.state.join("locks").join(profile)
    }

    /// Sign-in hosts that people confirmed.
    pub(crate) fn known_hosts(&self) -> PathBuf {
        self.state.join("known_hosts")
    }

    /// Copies of pages that could not be followed.
    pub(crate) fn pages(&self) -> PathBuf {
        self.state.join("pages")
    }
}

/// XDG base directory specification: a variable that is unset, empty or relative counts as absent.
fn place(variable: &str, under_home: &str) -> io::Result<PathBuf> {
    let absolute = |path: PathBuf| path.is_absolute().then_some(path);
    let named = std::env::var_os(variable)
        .map(PathBuf::from)
        .and_then(absolute);
    let base = match named {
        Some(base) => base,
        None => std::env::home_dir()
            .and_then(absolute)
            .ok_or_else(|| io::Error::other(format!("neither {variable} nor HOME names a folder")))?
            .join(under_home),
    };
    Ok(base.join("portaria"))
}
