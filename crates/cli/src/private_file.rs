//! Files that only their owner may read, written in one step: whoever reads one sees the old or the new, never half.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Replaces a file in one step; only its owner may read it.
pub(crate) fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = temporary_beside(path)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Writes a file unless there is one already, in one step; only its owner may read it. True: it is ours.
pub(crate) fn create(path: &Path, content: &[u8]) -> io::Result<bool> {
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
pub(crate) fn append(path: &Path) -> io::Result<File> {
    private_folder(parent(path))?;
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::folders::Folders;
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).map_or(0, |found| found.permissions().mode() & 0o777)
    }

    #[test]
    fn only_the_owner_reads_what_is_kept() {
        let home = tempfile::tempdir().unwrap();
        let folders = Folders::under(home.path());
        let path = folders.token("default");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        drop(append(&folders.known_hosts()).unwrap());
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
        assert!(create(&path, b"first").unwrap());
        assert!(!create(&path, b"second").unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"first");
    }
}
