//! What a file held at some moment, and whether it still does: the question the cache asks. A folder holds the names
//! of what in it can be a source.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::folder::listing;

/// What a file held when it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    /// As spelled, relative to the working folder or absolute.
    pub(crate) path: PathBuf,
    pub(crate) size: u64,
    /// Modification time in nanoseconds since 1970; 0 if the file system has none.
    pub(crate) modified_ns: u64,
    /// BLAKE3 of the contents, hexadecimal.
    pub(crate) hash: String,
}

impl Stamp {
    /// Reads a file and stamps it.
    pub(crate) fn read(path: &Path, cwd: &Path) -> std::io::Result<(Self, Vec<u8>)> {
        let full = cwd.join(path);
        let (size, modified_ns) = size_and_time(&full)?;
        let contents = if full.is_dir() { listing(&full)?.join("\n").into_bytes() } else { fs::read(&full)? };
        let hash = blake3::hash(&contents).to_hex().to_string();
        Ok((Self { path: path.to_owned(), size, modified_ns, hash }, contents))
    }

    /// Whether the file still holds the same. The time is trusted only if the file was older than a
    /// clock tick when it was stamped at `stamped_ns`: two writes within a tick look alike.
    pub(crate) fn holds(&self, cwd: &Path, stamped_ns: u64) -> bool {
        const TICK_NS: u64 = 20_000_000;
        let Ok((size, modified_ns)) = size_and_time(&cwd.join(&self.path)) else { return false };
        if size != self.size {
            return false;
        }
        let is_settled = self.modified_ns != 0 && self.modified_ns + TICK_NS < stamped_ns;
        modified_ns == self.modified_ns && is_settled
            || Self::read(&self.path, cwd).is_ok_and(|(now, _)| now.hash == self.hash)
    }
}

fn size_and_time(path: &Path) -> std::io::Result<(u64, u64)> {
    let metadata = fs::metadata(path)?;
    let time = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    // The size of a folder is its file system's affair.
    let size = if metadata.is_dir() { 0 } else { metadata.len() };
    Ok((size, time.and_then(|time| u64::try_from(time.as_nanos()).ok()).unwrap_or(0)))
}

/// The present, as stamps count time.
pub(crate) fn now_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{Stamp, size_and_time};

    #[test]
    fn a_folder_holds_the_names_of_its_sources() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("A.hs"), "one").unwrap();
        let (stamp, _) = Stamp::read(Path::new(""), folder.path()).unwrap();
        fs::write(folder.path().join("A.hs"), "other").unwrap();
        fs::write(folder.path().join("notes.txt"), "").unwrap();
        assert!(stamp.holds(folder.path(), 0));
        fs::write(folder.path().join("B.hs"), "").unwrap();
        assert!(!stamp.holds(folder.path(), 0));
    }

    #[test]
    fn a_stamp_holds_until_the_contents_change() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("A.hs");
        fs::write(&path, "one").unwrap();
        let (stamp, _) = Stamp::read(Path::new("A.hs"), folder.path()).unwrap();
        let later = stamp.modified_ns + 1_000_000_000;
        assert!(stamp.holds(folder.path(), later));
        fs::write(&path, "two").unwrap();
        let unchanged_time = Stamp { modified_ns: size_and_time(&path).unwrap().1, ..stamp.clone() };
        assert!(unchanged_time.holds(folder.path(), unchanged_time.modified_ns + 1_000_000_000));
        assert!(
            !unchanged_time.holds(folder.path(), unchanged_time.modified_ns),
            "within a tick contents decide"
        );
        fs::write(&path, "one").unwrap();
        assert!(stamp.holds(folder.path(), later), "the same contents again");
        fs::remove_file(&path).unwrap();
        assert!(!stamp.holds(folder.path(), later));
    }
}
