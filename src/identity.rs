//! By what a file is recognised without reading it.

use std::fmt;
use std::fs::Metadata;

use serde::{Deserialize, Serialize};

/// The identity of a file: as long as it is the same, so is what the file holds, but for what Note [Known files] in [`crate::host`] says of
/// clocks. The time of the last change cannot be set, as that of modification can, and a new file in the same place is another inode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Where a system has none of these, 0.
    device: u64,
    inode: u64,
    /// In bytes.
    size: u64,
    /// Seconds and nanoseconds since 1970, as the following.
    modified: (i64, i64),
    /// Where a system does not know it, when the file was made.
    changed: (i64, i64),
}

impl Identity {
    /// Whether nobody can change a file here without changing its identity.
    pub const IS_SAFE: bool = cfg!(unix);

    /// Of what the system says of a file; `None` if that is too little, or it is no file.
    #[cfg(unix)]
    pub fn of(metadata: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        metadata.is_file().then(|| Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        })
    }

    /// Of what the system says of a file; `None` if that is too little, or it is no file.
    #[cfg(not(unix))]
    pub fn of(metadata: &Metadata) -> Option<Self> {
        use std::time::{SystemTime, UNIX_EPOCH};
        let since = |time: SystemTime| {
            let since = time.duration_since(UNIX_EPOCH).ok()?;
            Some((i64::try_from(since.as_secs()).ok()?, i64::from(since.subsec_nanos())))
        };
        let (modified, changed) = (since(metadata.modified().ok()?)?, since(metadata.created().ok()?)?);
        metadata.is_file().then(|| Self { device: 0, inode: 0, size: metadata.len(), modified, changed })
    }

    /// When it was last modified or changed, whichever was later.
    pub fn last_change(&self) -> (i64, i64) {
        self.modified.max(self.changed)
    }
}

/// In one line, for lists of files in one folder. Without the device, whose number may be another after a restart.
impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { device: _, inode, size, modified, changed } = self;
        write!(f, "{inode} {size} {}.{:09} {}.{:09}", modified.0, modified.1, changed.0, changed.1)
    }
}
