//! Files in the cache folder, which are there whole or not at all.

use std::io::{Result, Write};
use std::path::{Path, PathBuf};

/// Writes a file by way of a temporary one, so that who reads at the same time finds the old one or the new one. The folder is made if it is
/// not there.
pub(super) fn write(folder: &Path, name: &str, content: &[u8]) -> Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(content)?;
    let path = folder.join(name);
    file.persist(&path)?;
    Ok(path)
}

/// Makes a folder that only its user can read and write.
pub(super) fn make_private(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}
