//! The archive of a toolchain: a tar file, compressed by zstd.
//!
//! Its first entry, [`HEAD`], is the manifest: who reads it knows whether to go on before anything is unpacked. Then
//! come the toolchain's files, sorted, without owners and times. The last
//! entry, [`TAIL`], is the checksum of all of them. Invariant: an archive without its tail is not whole.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use blake3::Hasher;
use serde::{Deserialize, Serialize};

/// The name of the first entry.
pub(super) const HEAD: &str = "hs-wasm-toolchain.json";

/// The name of the last entry.
pub(super) const TAIL: &str = "hs-wasm-toolchain.blake3";

/// The version of this format.
pub(super) const FORMAT: u32 = 1;

/// What zstd's frames begin with.
pub(super) const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The first entry.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) format: u32,
    /// The size of the unpacked files, in bytes.
    pub(super) size: u64,
    pub(super) manifest: Manifest,
    /// The whole manifest, as the recipe wrote it.
    pub(super) text: String,
}

/// Of a toolchain's manifest what decides whether it fits here.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) id: String,
    pub(super) arch: String,
}

/// One entry for the checksum.
pub(super) enum Kind<'a> {
    File { executable: bool, size: u64 },
    Link(&'a OsStr),
}

/// The checksum of the entries, as they come.
#[derive(Default)]
pub(super) struct Checksum(Hasher);

impl Checksum {
    pub(super) fn entry(&mut self, path: &Path, kind: &Kind<'_>) {
        self.part(path.as_os_str().as_encoded_bytes());
        match kind {
            Kind::File { executable, size } => {
                self.0.update(&[b'f', u8::from(*executable)]);
                self.0.update(&size.to_le_bytes());
            }
            Kind::Link(target) => {
                self.0.update(b"l");
                self.part(target.as_encoded_bytes());
            }
        }
    }

    /// The manifest's text.
    pub(super) fn head(&mut self, text: &str) {
        self.part(text.as_bytes());
    }

    fn part(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    pub(super) fn finish(&self) -> String {
        self.0.finalize().to_hex().to_string()
    }
}

impl Write for Checksum {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Passes on what is read, and adds it to the checksum.
pub(super) struct Summed<'a, R>(pub(super) R, pub(super) &'a mut Checksum);

impl<R: Read> Read for Summed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        self.1.write_all(&buffer[..count])?;
        Ok(count)
    }
}

/// What a toolchain's folder holds besides the toolchain: the manifest, which is the head, locks and the log.
const NOT_PACKED: [&str; 4] = ["toolchain.json", ".lock", ".relocate.lock", "install.log"];

/// The files and links of a toolchain, relative to its folder and sorted.
pub(super) fn members(prefix: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(prefix.join(&folder))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if !NOT_PACKED.iter().any(|name| path == Path::new(name)) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
