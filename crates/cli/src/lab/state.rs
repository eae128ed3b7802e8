//! The lab's state folder: what outlives a start lies here, and a temporary folder goes when the lab ends.

use anyhow::{Context, Result};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Visibility {
    /// Only the user who runs the lab: keys and passwords.
    Owner,
    /// Everybody: certificates.
    Everybody,
}

/// The folder, locked against a second lab.
pub(super) struct State {
    folder: PathBuf,
    _lock: std::fs::File,
    _temporary: Option<tempfile::TempDir>,
}

impl State {
    /// Opens `folder`, made where it is missing; without one, a temporary folder.
    pub(super) fn open(folder: Option<&Path>) -> Result<Self> {
        let temporary = match folder {
            Some(_) => None,
            None => Some(tempfile::Builder::new().prefix("portaria-lab-").tempdir()?),
        };
        let folder = folder
            .or(temporary.as_ref().map(tempfile::TempDir::path))
            .context("a folder")?
            .to_owned();
        make_private(&folder).with_context(|| format!("the state folder {}", folder.display()))?;
        let folder = folder.canonicalize()?;
        let lock = std::fs::File::create(folder.join("lock"))?;
        lock.try_lock()
            .with_context(|| format!("another lab runs in {}", folder.display()))?;
        Ok(Self {
            folder,
            _lock: lock,
            _temporary: temporary,
        })
    }

    /// A file of the folder, absolute.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The text of a file, none if there is no such file.
    pub(super) fn read(&self, name: &str) -> Result<Option<String>> {
        match std::fs::read_to_string(self.path(name)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| self.path(name).display().to_string()),
        }
    }

    /// Writes a file so that nobody ever sees half of it, or sees it with other permissions.
    pub(super) fn write(&self, name: &str, text: &str, visibility: Visibility) -> Result<()> {
        write_atomically(&self.path(name), text, visibility)
            .with_context(|| self.path(name).display().to_string())
    }

    /// Removes a file, if there is one.
    pub(super) fn remove(&self, name: &str) -> Result<()> {
        match std::fs::remove_file(self.path(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

fn write_atomically(path: &Path, text: &str, visibility: Visibility) -> Result<()> {
    let folder = path.parent().context("a file in a folder")?;
    // A temporary file starts with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    if visibility == Visibility::Everybody {
        publish(file.as_file())?;
    }
    file.persist(path)?;
    Ok(())
}

#[cfg(unix)]
fn publish(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn publish(_file: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}

/// Makes a folder that only its owner may enter; one that exists keeps its permissions.
fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
