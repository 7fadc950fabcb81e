//! Which files are known: what they held when they were last read.
//!
//! # Note [Known files]
//!
//! To load a module whose machine code is there took reading it, hashing it for the name of the code, and looking through it: 24 ms for 20 MB,
//! three times what it takes to map the code. So the cache folder keeps, for each path, what was found out of the file there, and the
//! file's *identity* ([`Identity`]): device, inode, size, and the times of its last modification and change. As long as a file has that
//! identity nothing of it is read.
//!
//! Times are as exact as the file system's clock, which may tick once in a second or two: a file that is written twice within a tick looks the
//! same after both. So what is found out is kept only of a file whose times lay [`SETTLED`] before it was read (git calls the
//! others "racily clean"): whoever writes it from then on changes a time. The time of the last change cannot be set, as that of
//! modification can, and a new file in the same place is another inode.
//!
//! Entries are sealed ([`sealed`]). One that is damaged, of another version or for other sections is as good as none, and written anew.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use blake3::{Hash, Hasher};

use super::inspect::Inspection;
use super::precompiled::FORM;
use crate::identity::Identity;
use crate::sealed;

/// The form of entries; to be changed with [`Inspection`].
const VERSION: &[u8] = concat!("4 ", env!("CARGO_PKG_VERSION")).as_bytes();

/// How long before it was read the times of a file must lie: the coarsest clock of a file system ticks every two seconds.
const SETTLED: Duration = Duration::from_secs(2);

/// Whether any change of a file since `moment` gives it another identity than this.
fn is_settled(identity: &Identity, moment: SystemTime) -> bool {
    let time = moment.checked_sub(SETTLED).and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
    time.is_some_and(|time| {
        let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        identity.last_change() < (seconds, i64::from(time.subsec_nanos()))
    })
}

/// The identity of an open file, where that is to be relied on.
fn identity(file: &File) -> Option<Identity> {
    if Identity::IS_SAFE { Identity::of(&file.metadata().ok()?) } else { None }
}

/// What was found out of a file.
#[derive(Debug)]
pub(super) struct Found {
    /// The hash of its contents.
    pub(super) hash: Hash,
    /// What it says of itself.
    pub(super) inspection: Inspection,
}

/// Where in the cache folder is told of the file at a path.
#[derive(Debug)]
pub(super) struct KnownFile {
    entry: PathBuf,
    identity: Identity,
    opened: SystemTime,
}

impl KnownFile {
    /// Of a file that was opened just now and not read yet. Of inspections with the custom sections `kept`.
    pub(super) fn new(cache: &Path, path: &Path, file: &File, kept: &[&str]) -> Option<Self> {
        let opened = SystemTime::now();
        let identity = identity(file)?;
        let mut name = Hasher::new();
        for part in [VERSION, FORM] {
            name.update(part).update(b"\0");
        }
        for section in kept {
            name.update(section.as_bytes()).update(b"\0");
        }
        name.update(std::path::absolute(path).ok()?.as_os_str().as_encoded_bytes());
        Some(Self { entry: cache.join("known").join(name.finalize().to_hex().as_str()), identity, opened })
    }

    /// What was found out of this very file, if it was.
    pub(super) fn find(&self) -> Option<Found> {
        let entry = sealed::read(&self.entry)?;
        let (identity, hash, inspection): (Identity, [u8; 32], _) = postcard::from_bytes(&entry).ok()?;
        (identity == self.identity).then(|| Found { hash: Hash::from_bytes(hash), inspection })
    }

    /// Keeps what was found out of it by reading it. A cache that cannot be written is no cache, not an error.
    pub(super) fn keep(&self, file: &File, hash: &Hash, inspection: &Inspection) {
        if !is_settled(&self.identity, self.opened) || identity(file).as_ref() != Some(&self.identity) {
            return;
        }
        if let Ok(entry) = postcard::to_allocvec(&(&self.identity, hash.as_bytes(), inspection)) {
            sealed::write(&self.entry, &entry).ok();
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::host::inspect::inspect;

    const KEPT: [&str; 1] = ["extra"];

    /// A cache, and a file that is old enough.
    struct Place {
        folder: tempfile::TempDir,
        file: PathBuf,
    }

    impl Place {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let file = folder.path().join("module.wasm");
            let text = r#"(module (import "a" "b" (func (param i32 externref) (result f64))) (memory (export "m") 1)
                (func (export "f") (param i64)) (global (export "g") i32 (i32.const 7)) (@custom "extra" "\00\FFtext"))"#;
            std::fs::write(&file, wat::parse_str(text).expect("valid text")).expect("written");
            Self { folder, file }
        }

        /// The file as it is found after so many seconds.
        fn opened(&self, later: u64, kept: &[&str]) -> (File, KnownFile) {
            let file = File::open(&self.file).expect("a file");
            let mut known =
                KnownFile::new(self.folder.path(), &self.file, &file, kept).expect("a file has an identity");
            known.opened += Duration::from_secs(later);
            (file, known)
        }

        fn keep(&self, later: u64) {
            let (file, known) = self.opened(later, &KEPT);
            let wasm = std::fs::read(&self.file).expect("a file");
            let inspection = inspect(&wasm, |name| KEPT.contains(&name)).expect("a module");
            known.keep(&file, &blake3::hash(&wasm), &inspection);
        }

        fn find(&self) -> Option<Found> {
            self.opened(0, &KEPT).1.find()
        }
    }

    #[test]
    fn an_old_file_is_known_by_all_that_was_found_out_of_it() {
        let place = Place::new();
        assert!(place.find().is_none());
        place.keep(3);
        let found = place.find().expect("known");
        let wasm = std::fs::read(&place.file).expect("a file");
        let inspection = inspect(&wasm, |name| KEPT.contains(&name)).expect("a module");
        assert_eq!(found.hash, blake3::hash(&wasm));
        assert_eq!(format!("{:?}", found.inspection), format!("{inspection:?}"));
        assert!(!inspection.externrefs.is_empty() && !inspection.custom.is_empty());
        assert!(place.opened(0, &[]).1.find().is_none(), "other sections are wanted");
    }

    #[test]
    fn a_file_that_may_change_unseen_is_not_known() {
        let place = Place::new();
        place.keep(1);
        assert!(place.find().is_none());
    }

    #[test]
    fn a_file_that_changes_while_it_is_read_is_not_known() {
        let place = Place::new();
        let (file, known) = place.opened(3, &KEPT);
        std::fs::write(&place.file, b"changed").expect("written");
        known.keep(&file, &blake3::hash(b"anything"), &Inspection::default());
        assert!(place.find().is_none());
    }

    #[test]
    fn a_changed_file_is_not_known_though_its_size_and_its_modification_are_the_same() {
        let place = Place::new();
        place.keep(3);
        let metadata = std::fs::metadata(&place.file).expect("a file");
        let wasm = std::fs::read(&place.file).expect("a file");
        // Longer than any clock ticks.
        std::thread::sleep(Duration::from_millis(20));
        std::fs::write(&place.file, &wasm).expect("written");
        let file = File::options().write(true).open(&place.file).expect("a file");
        file.set_modified(metadata.modified().expect("a time")).expect("set");
        assert!(place.find().is_none());
    }

    #[test]
    fn another_file_in_its_place_is_not_known_and_neither_is_what_a_link_leads_to() {
        let place = Place::new();
        place.keep(3);
        let [copy, kept] = ["copy", "kept"].map(|name| place.folder.path().join(name));
        std::fs::copy(&place.file, &copy).expect("copied");
        std::fs::rename(&place.file, &kept).expect("renamed");
        std::os::unix::fs::symlink(&copy, &place.file).expect("linked");
        assert!(place.find().is_none());
        place.keep(3);
        assert!(place.find().is_some(), "by way of the link");
        std::fs::remove_file(&place.file).expect("removed");
        std::os::unix::fs::symlink(&kept, &place.file).expect("linked");
        assert!(place.find().is_none(), "the link leads elsewhere");
    }

    #[test]
    fn a_damaged_entry_is_none_and_is_written_anew() {
        let place = Place::new();
        place.keep(3);
        let (_, known) = place.opened(0, &KEPT);
        let entry = known.entry;
        let whole = std::fs::read(&entry).expect("an entry");
        for at in (0..whole.len()).step_by(7) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x10;
            for damaged in [&damaged[..], &whole[..at]] {
                std::fs::write(&entry, damaged).expect("written");
                assert!(place.find().is_none(), "damaged at {at}");
            }
        }
        place.keep(3);
        assert!(place.find().is_some());
    }

    #[test]
    fn entries_are_the_users_alone() {
        use std::os::unix::fs::PermissionsExt;
        let place = Place::new();
        place.keep(3);
        let folder = std::fs::metadata(place.folder.path().join("known")).expect("a folder");
        assert_eq!(folder.permissions().mode() & 0o777, 0o700);
    }
}
