//! The cache folder does not grow for ever: what nobody has used for long makes room.
//!
//! # Note [What is kept how long]
//!
//! Every change of a program leaves its module, GHC's objects and some megabytes of machine code in the cache folder. So when machine
//! code is added, and a sweep is longer ago than [`BETWEEN_SWEEPS`], entries go that were not used for [`UNUSED`], and of the others those whose last use is
//! longest ago until no more than [`MOST_BYTES`] are left; but nothing that was used within [`DAY`]. An entry's last use is the time of its last
//! modification, which who uses it sets ([`used`]). What is removed while another process reads it stays there for that process.
//!
//! Compilers, their packages and tools do not go: they are few, and were asked for.

use std::fs::{self, File, Metadata};
use std::io::Result;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The folders of the cache whose files and folders are entries.
const KINDS: [&str; 7] = ["build", "code", "cwasm", "known", "optimized", "preinitialized", "wasm"];
const DAY: Duration = Duration::from_hours(24);
const UNUSED: Duration = Duration::from_hours(30 * 24);
const BETWEEN_SWEEPS: Duration = Duration::from_hours(1);
const MOST_BYTES: u64 = 2 << 30;
/// The file that was last modified when the cache was last swept.
const MARK: &str = "swept";

/// Takes note that an entry is used: once a day, so that it costs next to nothing. Where a folder's time cannot be set (on Windows), it counts
/// as used when something was last added to it.
pub fn used(entry: &Path) {
    if let Ok(file) = File::open(entry) {
        used_file(&file);
    }
}

/// The same for an entry that is open.
pub fn used_file(file: &File) {
    let now = SystemTime::now();
    if file.metadata().is_ok_and(|about| is_older(&about, DAY, now)) {
        // Who only reads a cache does not keep it either.
        file.set_modified(now).ok();
    }
}

/// Sweeps the cache folder if that is due. What cannot be removed stays.
pub fn sweep_if_due(cache: &Path) {
    let now = SystemTime::now();
    let mark = cache.join(MARK);
    if fs::metadata(&mark).is_ok_and(|mark| !is_older(&mark, BETWEEN_SWEEPS, now)) {
        return;
    }
    if fs::write(&mark, []).is_ok() {
        sweep(cache, now, MOST_BYTES);
    }
}

/// An entry: when it was used last, its size, where it is.
struct Entry {
    used: SystemTime,
    bytes: u64,
    path: PathBuf,
}

fn sweep(cache: &Path, now: SystemTime, most_bytes: u64) {
    let mut entries: Vec<Entry> = KINDS.iter().flat_map(|kind| entries(&cache.join(kind))).collect();
    entries.sort_unstable_by_key(|entry| entry.used);
    let mut bytes: u64 = entries.iter().map(|entry| entry.bytes).sum();
    for entry in entries {
        let unused = now.duration_since(entry.used).unwrap_or_default();
        if unused <= DAY || (unused <= UNUSED && bytes <= most_bytes) {
            break;
        }
        if remove(&entry).is_ok() {
            bytes -= entry.bytes;
        }
    }
}

fn entries(folder: &Path) -> Vec<Entry> {
    let Ok(found) = fs::read_dir(folder) else { return Vec::new() };
    let entry = |path: PathBuf| {
        let about = fs::symlink_metadata(&path).ok()?;
        Some(Entry { used: about.modified().ok()?, bytes: size(&path, &about), path })
    };
    found.filter_map(|found| entry(found.ok()?.path())).collect()
}

/// The bytes of a file, or of all files in a folder.
fn size(path: &Path, about: &Metadata) -> u64 {
    if !about.is_dir() {
        return about.len();
    }
    entries(path).iter().map(|entry| entry.bytes).sum()
}

/// Removes an entry, unless it was used meanwhile. A folder is gone at once for who looks for it.
fn remove(entry: &Entry) -> Result<()> {
    let about = fs::symlink_metadata(&entry.path)?;
    if about.modified()? != entry.used {
        return Err(std::io::ErrorKind::ResourceBusy.into());
    }
    if !about.is_dir() {
        return fs::remove_file(&entry.path);
    }
    let gone = entry.path.with_extension("gone");
    fs::rename(&entry.path, &gone)?;
    fs::remove_dir_all(gone)
}

fn is_older(about: &Metadata, age: Duration, now: SystemTime) -> bool {
    about.modified().is_ok_and(|modified| now.duration_since(modified).is_ok_and(|since| since > age))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cache with entries of 100 bytes, each used so many days ago.
    fn cache(entries: &[(&str, u32)]) -> tempfile::TempDir {
        let cache = tempfile::tempdir().expect("a folder");
        for (path, days) in entries {
            let path = cache.path().join(path);
            let is_folder = path.extension().is_none();
            let file = if is_folder { path.join("inside") } else { path.clone() };
            fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            fs::write(&file, [0; 100]).expect("written");
            let time = SystemTime::now() - DAY * *days;
            File::open(&path).expect("there").set_modified(time).expect("set");
        }
        cache
    }

    fn left<'a>(cache: &tempfile::TempDir, entries: &[(&'a str, u32)]) -> Vec<&'a str> {
        entries.iter().map(|(path, _)| *path).filter(|path| cache.path().join(path).exists()).collect()
    }

    #[test]
    fn what_was_not_used_for_long_goes_and_compilers_stay() {
        let entries = [
            ("cwasm/new.cwasm", 0),
            ("cwasm/old.cwasm", 31),
            ("wasm/new", 29),
            ("wasm/old", 32),
            ("toolchains/old", 400),
            ("packages/old.deb", 400),
        ];
        let cache = cache(&entries);
        sweep(cache.path(), SystemTime::now(), u64::MAX);
        assert_eq!(
            left(&cache, &entries),
            ["cwasm/new.cwasm", "wasm/new", "toolchains/old", "packages/old.deb"]
        );
        assert_eq!(fs::read_dir(cache.path().join("wasm")).expect("a folder").count(), 1);
    }

    #[test]
    fn where_there_is_too_much_the_longest_unused_goes_first_but_nothing_of_today() {
        let entries =
            [("known/a.x", 5), ("cwasm/b.cwasm", 9), ("build/c", 2), ("cwasm/d.cwasm", 0), ("wasm/e", 0)];
        let cache = cache(&entries);
        sweep(cache.path(), SystemTime::now(), 300);
        assert_eq!(left(&cache, &entries), ["build/c", "cwasm/d.cwasm", "wasm/e"]);
        sweep(cache.path(), SystemTime::now(), 0);
        assert_eq!(left(&cache, &entries), ["cwasm/d.cwasm", "wasm/e"]);
    }

    #[test]
    fn what_is_used_stays() {
        let entries = [("cwasm/a.cwasm", 40), ("wasm/b", 40), ("wasm/c", 40)];
        let cache = cache(&entries);
        used(&cache.path().join("cwasm/a.cwasm"));
        used(&cache.path().join("wasm/b"));
        used(&cache.path().join("nothing"));
        sweep(cache.path(), SystemTime::now(), u64::MAX);
        assert_eq!(left(&cache, &entries), ["cwasm/a.cwasm", "wasm/b"]);
    }

    #[test]
    fn a_use_is_noted_once_a_day() {
        let entries = [("cwasm/a.cwasm", 0)];
        let cache = cache(&entries);
        let path = cache.path().join("cwasm/a.cwasm");
        let time = || fs::metadata(&path).expect("there").modified().expect("a time");
        let before = time();
        used(&path);
        assert_eq!(time(), before);
    }

    #[test]
    fn a_sweep_is_due_once_an_hour() {
        let entries = [("cwasm/a.cwasm", 31)];
        let cache = cache(&entries);
        fs::write(cache.path().join(MARK), []).expect("written");
        sweep_if_due(cache.path());
        assert_eq!(left(&cache, &entries).len(), 1);
        let mark = File::open(cache.path().join(MARK)).expect("there");
        mark.set_modified(SystemTime::now() - BETWEEN_SWEEPS * 2).expect("set");
        sweep_if_due(cache.path());
        assert_eq!(left(&cache, &entries).len(), 0);
        sweep_if_due(&cache.path().join("nowhere"));
    }
}
