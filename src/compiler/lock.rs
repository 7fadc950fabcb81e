//! One build of a project at a time, over all processes of the machine.

use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::time::Duration;

use crate::error::{Error, Result};

/// Held while a project is built, by one process (and one task) at a time. Freed when dropped.
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits for the lock called `name`; calls `on_wait` once if another has it.
    pub(crate) async fn acquire(cache_dir: &Path, name: &str, on_wait: impl FnOnce()) -> Result<Self> {
        let folder = cache_dir.join("locks");
        let path = folder.join(format!("{name}.lock"));
        let cannot = |cause| Error::io(format_args!("cannot lock {}", path.display()), &cause);
        fs::create_dir_all(&folder).map_err(cannot)?;
        let file = File::options().create(true).append(true).open(&path).map_err(cannot)?;
        let mut on_wait = Some(on_wait);
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::Error(cause)) => return Err(cannot(cause)),
                Err(TryLockError::WouldBlock) => {
                    if let Some(on_wait) = on_wait.take() {
                        on_wait();
                    }
                    // Waiting in slices, not in the system call, lets the caller give up.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Lock;

    #[tokio::test]
    async fn a_lock_is_held_by_one() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::acquire(folder.path(), "x", || panic!("nobody has it")).await.unwrap();
        let (told, waits) = std::sync::mpsc::channel();
        let path = folder.path().to_owned();
        let second =
            tokio::spawn(async move { Lock::acquire(&path, "x", move || told.send(()).unwrap()).await });
        tokio::time::sleep(std::time::Duration::from_millis(60)).await;
        waits.try_recv().unwrap();
        assert!(!second.is_finished());
        drop(first);
        second.await.unwrap().unwrap();
    }
}
