//! What a compilation looked at, also one that failed: for those who wait for a change.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use super::stamp::Stamp;

/// A list that grows while a compilation goes on; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Trace(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    seen: Seen,
    /// Folders of products.
    ignored: Vec<PathBuf>,
}

/// What was looked at; all paths are absolute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// Files that were read, and folders that were listed.
    pub read: BTreeSet<PathBuf>,
    /// Files that would have been read if they had been there.
    pub absent: BTreeSet<PathBuf>,
}

impl Trace {
    /// What has been looked at until now.
    pub fn seen(&self) -> Seen {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_wanted = |path: &&PathBuf| !state.ignored.iter().any(|folder| path.starts_with(folder));
        let wanted = |paths: &BTreeSet<PathBuf>| paths.iter().filter(is_wanted).cloned().collect();
        Seen { read: wanted(&state.seen.read), absent: wanted(&state.seen.absent) }
    }

    /// Files with paths relative to `cwd`.
    pub(crate) fn note(&self, cwd: &Path, read: &[Stamp], absent: &[PathBuf]) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.seen.read.extend(read.iter().map(|stamp| cwd.join(&stamp.path)));
        state.seen.absent.extend(absent.iter().map(|path| cwd.join(path)));
    }

    /// A folder whose files are made of others.
    pub(crate) fn ignore(&self, folder: &Path) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).ignored.push(folder.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::Trace;

    #[test]
    fn clones_share_what_was_seen_and_products_are_left_out() {
        let trace = Trace::default();
        let clone = trace.clone();
        clone.note(Path::new("/p"), &[], &["A.hs".into(), "gen/B.hs".into()]);
        clone.ignore(Path::new("/p/gen"));
        let seen = trace.seen();
        assert_eq!(seen.absent.into_iter().collect::<Vec<_>>(), [PathBuf::from("/p/A.hs")]);
    }
}
