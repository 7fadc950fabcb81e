//! The file that a module was made of, read when it is first wanted.
//!
//! # Note [The file stays open]
//!
//! Of a known file (Note [Known files] in [`super::known`]) nothing but its identity is looked at when it is loaded. Its bytes may be wanted
//! long after: for `module.wasm`, for machine code of another kind, for the names in a trace. So it is kept open until then.
//! Opened by its path later, it would be another file whenever somebody has put a new one in its place, which is what linkers,
//! bundlers and deployments do; open, it still is the one that was loaded. It takes one descriptor for each such module, as the
//! mapped machine code does, and Node raises their number to what the system allows. The file is not mapped: who cuts it off
//! would end this process. If it was overwritten in place instead of replaced, the hash tells, and that is an error: what was loaded
//! is nowhere any more.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use blake3::Hash;
use once_cell::sync::OnceCell;

use super::control::lock;
use crate::error::{Error, Result};

/// The bytes of a module, in memory or still in their file.
#[derive(Debug)]
pub struct Source {
    hash: Hash,
    bytes: OnceCell<Vec<u8>>,
    /// The file, until it is read.
    unread: Mutex<Option<(File, PathBuf)>>,
}

impl Source {
    /// Of bytes that are there.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { hash: blake3::hash(&bytes), bytes: OnceCell::with_value(bytes), unread: Mutex::default() }
    }

    /// Of a file whose contents have this hash.
    pub(super) fn unread(file: File, path: &Path, hash: Hash) -> Self {
        Self { hash, bytes: OnceCell::new(), unread: Mutex::new(Some((file, path.to_owned()))) }
    }

    /// The hash of the bytes.
    pub fn hash(&self) -> &Hash {
        &self.hash
    }

    /// The bytes.
    ///
    /// # Errors
    /// [`Error::Io`]: the file cannot be read or holds something else now.
    pub fn bytes(&self) -> Result<&[u8]> {
        self.bytes.get_or_try_init(|| self.read()).map(Vec::as_slice)
    }

    fn read(&self) -> Result<Vec<u8>> {
        let mut unread = lock(&self.unread);
        let Some((file, path)) = &mut *unread else {
            return Err(Error::Internal("a module without a file".into()));
        };
        let bytes = contents(file, path)?;
        if blake3::hash(&bytes) != self.hash {
            return Err(Error::Io(format!(
                "wanted {} as it was when the module was loaded; it was overwritten since: load it again, and put \
                 new files in the place of old ones by renaming them",
                path.display()
            )));
        }
        *unread = None;
        Ok(bytes)
    }
}

/// What is in a file, from its beginning.
pub(super) fn contents(file: &mut File, path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = file.rewind().and_then(|()| file.read_to_end(&mut bytes));
    read.map_err(|cause| cannot_read(path, &cause))?;
    Ok(bytes)
}

/// What to say of a file that cannot be read.
pub(super) fn cannot_read(path: &Path, cause: &std::io::Error) -> Error {
    Error::io(format_args!("cannot read {}", path.display()), cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unread(path: &Path) -> Source {
        let hash = blake3::hash(&std::fs::read(path).expect("a file"));
        Source::unread(File::open(path).expect("a file"), path, hash)
    }

    #[test]
    fn a_replaced_file_is_still_what_was_loaded_and_an_overwritten_one_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("module.wasm");
        std::fs::write(&path, b"first").expect("written");
        let replaced = unread(&path);
        let other = folder.path().join("other");
        std::fs::write(&other, b"other").expect("written");
        std::fs::rename(other, &path).expect("renamed");
        assert_eq!(replaced.bytes().expect("still there"), b"first");

        let overwritten = unread(&path);
        std::fs::write(&path, b"third").expect("written");
        for _ in 0..2 {
            let error = overwritten.bytes().expect_err("overwritten").to_string();
            assert!(error.contains("module.wasm") && error.contains("overwritten"), "{error}");
        }
        // What was there is there again.
        std::fs::write(&path, b"other").expect("written");
        assert_eq!(overwritten.bytes().expect("the same"), b"other");
        std::fs::write(&path, b"later").expect("written");
        assert_eq!(overwritten.bytes().expect("was read"), b"other");
    }
}
