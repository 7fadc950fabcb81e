//! Packs an installed toolchain into an archive: see `archive.rs` for its form.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;
use tar::{EntryType, Header};
use tempfile::Builder;
use zstd::Encoder;

use super::archive::{Checksum, FORMAT, HEAD, Head, Kind, Manifest, Summed, TAIL, members};
use super::estimate::rest;
use super::work::{Stop, blocking};
use crate::compiler::lock::Lock;
use crate::compiler::progress::Progress;
use crate::compiler::toolchain::own::{find_own, lock_of, own_id, own_prefix};
use crate::error::{Error, Result};

/// How hard zstd tries: above this, minutes of work save little.
const LEVEL: i32 = 12;

/// Any time will do, if it is always the same.
const TIME: u64 = 1_000_000_000;

/// An archive that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Packed {
    /// Its path.
    pub file: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// The toolchain in it.
    pub id: String,
    /// The checksum that it holds: BLAKE3 of its contents, hexadecimal.
    pub checksum: String,
}

/// Packs our own toolchain into `file`, which appears when it is whole.
///
/// # Errors
/// `ERR_HS_TOOLCHAIN_NOT_FOUND` when none is installed, `ERR_HS_IO`.
pub async fn pack(
    cache: PathBuf,
    file: PathBuf,
    on_progress: impl Fn(Progress) + Send + Sync + 'static,
) -> Result<Packed> {
    let installed = find_own(&cache).await.map_err(Error::ToolchainNotFound)?;
    if installed.is_none() {
        return Err(Error::ToolchainNotFound(format!(
            "there is nothing to pack: {} is not installed in {}. toolchain.install() does that; compilers of other \
             installers cannot be packed.",
            own_id(),
            cache.display()
        )));
    }
    let began = Instant::now();
    // Not while another process removes it.
    let lock = Lock::acquire(&cache, &lock_of(&own_id()), || {
        let wait = Progress::new("wait", &own_id(), 1, 1, began.elapsed());
        on_progress(wait.with_message("another process works with it"));
    })
    .await?;
    blocking(move |stop| {
        let _lock = lock;
        let told = |index: usize, total: usize, bytes: u64, size: u64| {
            let at = Progress::new("pack", "", number(index), number(total), began.elapsed());
            on_progress(at.with_bytes(bytes, size).with_remaining(rest(began.elapsed(), bytes, size)));
        };
        let cannot = |cause| Error::io(format_args!("cannot pack into {}", file.display()), &cause);
        write(&own_prefix(&cache), &file, stop, &told).map_err(cannot)?.ok_or(Error::Aborted)
    })
    .await
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Writes the archive of `prefix`. Nothing when it was stopped.
fn write(
    prefix: &Path,
    file: &Path,
    stop: &Stop,
    told: &impl Fn(usize, usize, u64, u64),
) -> io::Result<Option<Packed>> {
    let text = fs::read_to_string(prefix.join("toolchain.json"))?;
    let manifest: Manifest = serde_json::from_str(&text)?;
    let members = members(prefix)?;
    let mut size = 0;
    for member in &members {
        size += fs::symlink_metadata(prefix.join(member))?.len();
    }
    let id = manifest.id.clone();
    let folder = file.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder)?;
    // A temporary file is its owner's only by default; an archive is for whom the folder is.
    let new = Builder::new().permissions(readable()).tempfile_in(folder)?;
    let mut encoder = Encoder::new(new, LEVEL)?;
    encoder.include_checksum(true)?;
    encoder.multithread(std::thread::available_parallelism().map_or(1, |count| number(count.get())))?;
    let mut tar = tar::Builder::new(encoder);
    let mut checksum = Checksum::default();
    checksum.head(&text);
    let head = serde_json::to_vec(&Head { format: FORMAT, size, manifest, text })?;
    append(&mut tar, HEAD, &head)?;
    let mut done = 0;
    for (index, member) in members.iter().enumerate() {
        if stop.is_set() {
            return Ok(None);
        }
        if index % 50 == 0 {
            told(index, members.len(), done, size);
        }
        done += add(&mut tar, &mut checksum, prefix, member)?;
    }
    let checksum = checksum.finish();
    append(&mut tar, TAIL, checksum.as_bytes())?;
    let mut new = tar.into_inner()?.finish()?;
    new.flush()?;
    let bytes = new.as_file().metadata()?.len();
    new.persist(file)?;
    told(members.len(), members.len(), size, size);
    Ok(Some(Packed { file: file.to_owned(), bytes, id, checksum }))
}

fn readable() -> fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o644)
}

fn is_executable(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o100 != 0
}

fn header(kind: EntryType, size: u64, executable: bool) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(if executable { 0o755 } else { 0o644 });
    header.set_mtime(TIME);
    header
}

/// An entry of our own.
fn append(tar: &mut tar::Builder<impl Write>, name: &str, contents: &[u8]) -> io::Result<()> {
    tar.append_data(&mut header(EntryType::Regular, contents.len() as u64, false), name, contents)
}

/// Adds a file or link, and gives its size.
fn add(
    tar: &mut tar::Builder<impl Write>,
    checksum: &mut Checksum,
    prefix: &Path,
    member: &Path,
) -> io::Result<u64> {
    let path = prefix.join(member);
    let metadata = fs::symlink_metadata(&path)?;
    if metadata.is_symlink() {
        let target = fs::read_link(&path)?;
        checksum.entry(member, &Kind::Link(target.as_os_str()));
        tar.append_link(&mut header(EntryType::Symlink, 0, false), member, target)?;
        return Ok(metadata.len());
    }
    let executable = is_executable(&metadata);
    let size = metadata.len();
    checksum.entry(member, &Kind::File { executable, size });
    let mut header = header(EntryType::Regular, size, executable);
    tar.append_data(&mut header, member, Summed(File::open(&path)?, checksum))?;
    Ok(size)
}
