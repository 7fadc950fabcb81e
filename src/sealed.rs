//! Files that this user wrote and that nobody has changed: what is read from them is executed.
//!
//! A sealed file lies in a folder of the user's own (mode 0700) and ends with the hash of what it holds. It is written to a temporary
//! file and renamed, so it is there whole or not at all. One that belongs to somebody else, that others may write or that is damaged
//! is taken for none.

use std::fs::{DirBuilder, File, Metadata};
use std::io::{Read, Write};
use std::path::Path;

use blake3::OUT_LEN;

use crate::eviction::used_file;

/// What the sealed file at `path` holds, an entry of the cache that is used by that.
pub fn read(path: &Path) -> Option<Vec<u8>> {
    if !is_own(&path.parent()?.metadata().ok()?) {
        return None;
    }
    let mut file = File::open(path).ok()?;
    let about = file.metadata().ok()?;
    if !is_own(&about) {
        return None;
    }
    let mut bytes = Vec::with_capacity(usize::try_from(about.len()).ok()? + 1);
    file.read_to_end(&mut bytes).ok()?;
    let end = bytes.len().checked_sub(OUT_LEN)?;
    let is_whole = blake3::hash(&bytes[..end]).as_bytes() == &bytes[end..];
    bytes.truncate(end);
    is_whole.then(|| {
        used_file(&file);
        bytes
    })
}

/// Writes a sealed file, or replaces it.
///
/// # Errors
/// If the folder cannot be made or written.
pub fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    put(path, &[bytes, blake3::hash(bytes).as_bytes()])
}

/// Writes a file of these parts by way of a temporary one, which is private from the beginning: who reads at the same time finds the old
/// file or the new one, whole.
///
/// # Errors
/// If the folder is not there or cannot be written.
pub fn put(path: &Path, parts: &[&[u8]]) -> std::io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    for part in parts {
        file.write_all(part)?;
    }
    file.persist(path)?;
    Ok(())
}

/// Whether it belongs to this user and nobody else may write it. On Windows, profiles are private as they are.
fn is_own(about: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        about.uid() == rustix::process::geteuid().as_raw() && about.mode() & 0o022 == 0
    }
    #[cfg(not(unix))]
    {
        let _ = about;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn sealed(folder: &tempfile::TempDir) -> PathBuf {
        let path = folder.path().join("a").join("b");
        write(&path, b"something").expect("written");
        path
    }

    #[test]
    fn a_file_is_read_as_it_was_written_and_can_be_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = sealed(&folder);
        assert_eq!(read(&path).as_deref(), Some(&b"something"[..]));
        write(&path, b"").expect("written");
        assert_eq!(read(&path).as_deref(), Some(&b""[..]));
        assert_eq!(read(&folder.path().join("a").join("none")), None);
    }

    #[test]
    fn a_damaged_file_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = sealed(&folder);
        let whole = std::fs::read(&path).expect("read");
        for length in [0, 5, whole.len() - 1] {
            std::fs::write(&path, &whole[..length]).expect("written");
            assert_eq!(read(&path), None);
        }
        let mut changed = whole;
        changed[3] ^= 1;
        std::fs::write(&path, changed).expect("written");
        assert_eq!(read(&path), None);
    }

    #[cfg(unix)]
    #[test]
    fn what_others_may_write_is_none() {
        use std::fs::{Permissions, set_permissions};
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let folder = tempfile::tempdir().expect("a folder");
        let path = sealed(&folder);
        let inner = path.parent().expect("the folder");
        assert_eq!(inner.metadata().expect("metadata").mode() & 0o777, 0o700);
        for changed in [path.as_path(), inner] {
            let mode = changed.metadata().expect("metadata").permissions();
            set_permissions(changed, Permissions::from_mode(mode.mode() | 0o020)).expect("changed");
            assert_eq!(read(&path), None);
            set_permissions(changed, mode).expect("changed");
            assert!(read(&path).is_some());
        }
    }
}
