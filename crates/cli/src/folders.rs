//! Where the client keeps what it keeps, by the XDG base directory specification.
//! This module owns the places and their permissions; it does not know what is in the files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

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
    pub(crate) fn under(folder: &Path) -> Self {
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

    /// Replaces a file in one step; only its owner may read it.
    pub(crate) fn write_private(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let mut file = temporary_beside(path)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    }

    /// Writes a file unless there is one already, in one step; only its owner may read it. True: it is ours.
    pub(crate) fn create_private(&self, path: &Path, content: &[u8]) -> io::Result<bool> {
        let mut file = temporary_beside(path)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        match file.persist_noclobber(path) {
            Ok(_) => Ok(true),
            Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(refused) => Err(refused.error),
        }
    }

    /// Opens a file to add to it; only its owner may read it.
    pub(crate) fn append_private(&self, path: &Path) -> io::Result<File> {
        private_folder(parent(path))?;
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path)
    }
}

fn temporary_beside(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    private_folder(parent(path))?;
    // tempfile creates with mode 0600.
    tempfile::NamedTempFile::new_in(parent(path))
}

fn parent(path: &Path) -> &Path {
    path.parent()
        .expect("every path of ours is inside a folder")
}

fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn only_the_owner_reads_what_is_kept() {
        let home = tempfile::tempdir().unwrap();
        let folders = Folders::under(home.path());
        let path = folders.token("default");
        folders.write_private(&path, b"one").unwrap();
        folders.write_private(&path, b"two").unwrap();
        drop(folders.append_private(&folders.known_hosts()).unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&folders.known_hosts()), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
    }

    #[test]
    fn file_that_is_there_is_not_replaced() {
        let home = tempfile::tempdir().unwrap();
        let folders = Folders::under(home.path());
        let path = folders.cache_key();
        assert!(folders.create_private(&path, b"first").unwrap());
        assert!(!folders.create_private(&path, b"second").unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"first");
    }
}
