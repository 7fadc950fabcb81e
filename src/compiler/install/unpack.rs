//! Unpacks an archive into the folder of our toolchain: see `archive.rs` for its form.
//!
//! Nothing of what an archive says is believed before it is checked. Invariants: files come to the folder and nowhere
//! else; what was unpacked has no manifest, so that nobody takes it for a toolchain until the recipe has proven it; what
//! fails is removed, and what was killed is removed by the next install.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Component, Path, PathBuf};
use std::time::Instant;

use tar::{Archive, Entry, EntryType};
use zstd::Decoder;

use super::archive::{Checksum, FORMAT, HEAD, Head, Kind, MAGIC, Summed, TAIL};
use super::estimate::rest;
use super::work::Stop;
use crate::compiler::progress::Progress;
use crate::compiler::toolchain::own::own_id;

/// The longest head that is read: manifests are short.
const HEAD_LIMIT: u64 = 1 << 20;

/// Why an archive is not used. The text completes «FILE …».
#[derive(Debug)]
pub(super) enum Refusal {
    /// What is wrong with it, and what to do.
    Archive(String),
    /// It cannot be read, or what is in it cannot be written.
    Io(io::Error),
    /// Nobody waits for it.
    Stopped,
}

/// What an interrupted download or a full disk at the other end leaves.
const TRUNCATED: &str =
    "ends before its checksum: it was not written or downloaded to its end. Pack or download it again.";

/// What a bad disk or transfer leaves.
const CORRUPTED: &str = "is damaged: its contents differ from what was packed. Pack or download it again.";

/// An error while the archive is read: of the archive, unless the system says otherwise.
fn reading(cause: io::Error) -> Refusal {
    match cause.kind() {
        io::ErrorKind::UnexpectedEof => Refusal::Archive(TRUNCATED.into()),
        _ if cause.raw_os_error().is_some() => Refusal::Io(cause),
        _ => Refusal::Archive(CORRUPTED.into()),
    }
}

/// Unpacks `file` into the empty or absent folder `prefix`; the manifest comes as `toolchain.json.new`.
pub(super) fn unpack(
    file: &Path,
    prefix: &Path,
    stop: &Stop,
    told: &impl Fn(Progress),
) -> Result<(), Refusal> {
    let began = Instant::now();
    let source = open(file)?;
    let mut archive = Archive::new(Decoder::with_buffer(source).map_err(Refusal::Io)?);
    let mut entries = archive.entries().map_err(reading)?;
    let head = head(entries.next())?;
    fs::create_dir_all(prefix).map_err(Refusal::Io)?;
    let mut checksum = Checksum::default();
    checksum.head(&head.text);
    let (mut done, mut count) = (0, 0_u32);
    // Links come last: until then no file can be written through one.
    let mut links = Vec::new();
    let mut is_whole = false;
    for entry in entries {
        let mut entry = entry.map_err(reading)?;
        if stop.is_set() {
            return Err(Refusal::Stopped);
        }
        let path = entry.path().map_err(reading)?.into_owned();
        if path == Path::new(TAIL) {
            compare(&mut entry, &checksum)?;
            is_whole = true;
            break;
        }
        done += place(&mut entry, &path, prefix, &mut checksum, &mut links)?;
        if count.is_multiple_of(50) {
            let at = Progress::new("unpack", &head.manifest.id, 1, 1, began.elapsed());
            let left = rest(began.elapsed(), done, head.size);
            told(at.with_bytes(done, head.size).with_remaining(left));
        }
        count += 1;
    }
    if !is_whole {
        return Err(Refusal::Archive(TRUNCATED.into()));
    }
    // To its end: zstd's own checksum is there.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(reading)?;
    for (target, to) in links {
        std::os::unix::fs::symlink(target, to).map_err(Refusal::Io)?;
    }
    fs::write(prefix.join("toolchain.json.new"), head.text).map_err(Refusal::Io)
}

/// Opens a file that looks like an archive.
fn open(file: &Path) -> Result<BufReader<File>, Refusal> {
    let mut source = File::open(file).map_err(Refusal::Io)?;
    let mut magic = [0; MAGIC.len()];
    let begins = source.read_exact(&mut magic);
    if begins.is_err() || magic != MAGIC {
        let what = "is not a toolchain's archive: those are made by toolchain.pack() and compressed by zstd, and it \
                    does not begin like one.";
        return Err(Refusal::Archive(what.into()));
    }
    io::Seek::rewind(&mut source).map_err(Refusal::Io)?;
    Ok(BufReader::with_capacity(1 << 17, source))
}

type Source = Decoder<'static, BufReader<File>>;

/// The first entry, if the archive fits here.
fn head(first: Option<io::Result<Entry<'_, Source>>>) -> Result<Head, Refusal> {
    let foreign = |what: &str| {
        Refusal::Archive(format!(
            "{what}. Such archives are made by toolchain.pack() or `hs-wasm toolchain pack`."
        ))
    };
    let not_ours = || foreign("is not a toolchain's archive: it holds something else");
    let entry = match first {
        Some(Ok(entry)) => entry,
        Some(Err(cause)) if cause.kind() == io::ErrorKind::UnexpectedEof => {
            return Err(Refusal::Archive(TRUNCATED.into()));
        }
        Some(Err(_)) | None => return Err(not_ours()),
    };
    if entry.path().map_err(reading)? != Path::new(HEAD) {
        return Err(not_ours());
    }
    let mut text = Vec::new();
    entry.take(HEAD_LIMIT).read_to_end(&mut text).map_err(reading)?;
    let head: Head = serde_json::from_slice(&text)
        .map_err(|_| foreign("is an archive of a form that this version of hs-wasm does not know"))?;
    if head.format != FORMAT {
        return Err(foreign(&format!(
            "is an archive of form {}, and this version of hs-wasm knows form {FORMAT}",
            head.format
        )));
    }
    if head.manifest.id != own_id() {
        return Err(Refusal::Archive(format!(
            "holds the toolchain {}, and this version of hs-wasm uses {}. Pack the latter, or use the version of \
             hs-wasm that packed this.",
            head.manifest.id,
            own_id()
        )));
    }
    if head.manifest.arch != std::env::consts::ARCH {
        return Err(Refusal::Archive(format!(
            "holds programs for {}, and this machine is {}. Pack a toolchain on a machine like this.",
            head.manifest.arch,
            std::env::consts::ARCH
        )));
    }
    Ok(head)
}

/// Puts one file into the folder, or a link among those to be made, and gives its size.
fn place(
    entry: &mut Entry<'_, Source>,
    path: &Path,
    prefix: &Path,
    checksum: &mut Checksum,
    links: &mut Vec<(PathBuf, PathBuf)>,
) -> Result<u64, Refusal> {
    let to = destination(prefix, path)?;
    let header = entry.header().clone();
    match header.entry_type() {
        EntryType::Symlink => {
            let target = entry.link_name().map_err(reading)?.unwrap_or_default().into_owned();
            if !stays_inside(path.parent().unwrap_or(Path::new("")), &target) {
                return Err(outside(path));
            }
            checksum.entry(path, &Kind::Link(target.as_os_str()));
            links.push((target, to));
        }
        EntryType::Regular => {
            let mode = header.mode().map_err(reading)?;
            let executable = mode & 0o100 != 0;
            checksum.entry(path, &Kind::File { executable, size: entry.size() });
            let mut file = File::options().write(true).create_new(true).open(&to).map_err(Refusal::Io)?;
            copy(&mut Summed(&mut *entry, checksum), &mut file)?;
            finish(&file, executable, header.mtime().map_err(reading)?).map_err(Refusal::Io)?;
        }
        other => {
            return Err(Refusal::Archive(format!(
                "holds {}, which is neither file nor link ({other:?}).",
                path.display()
            )));
        }
    }
    Ok(entry.size())
}

/// Where an entry goes; its folder is made.
fn destination(prefix: &Path, path: &Path) -> Result<PathBuf, Refusal> {
    if path.components().any(|part| !matches!(part, Component::Normal(_))) {
        return Err(outside(path));
    }
    let to = prefix.join(path);
    let folder = to.parent().unwrap_or(prefix);
    fs::create_dir_all(folder).map_err(Refusal::Io)?;
    Ok(to)
}

fn outside(path: &Path) -> Refusal {
    Refusal::Archive(format!(
        "has an entry that leads out of it: {}. It is not from toolchain.pack().",
        path.display()
    ))
}

/// Whether a link in `folder` leads to a place in the toolchain.
fn stays_inside(folder: &Path, target: &Path) -> bool {
    let mut depth = folder.components().count();
    for part in target.components() {
        match part {
            Component::Normal(_) => depth += 1,
            Component::ParentDir if depth > 0 => depth -= 1,
            Component::CurDir => {}
            _ => return false,
        }
    }
    true
}

/// Copies, telling errors of the archive from those of the disk.
fn copy(from: &mut impl Read, to: &mut File) -> Result<(), Refusal> {
    let mut buffer = vec![0; 1 << 17];
    loop {
        let count = from.read(&mut buffer).map_err(reading)?;
        if count == 0 {
            return Ok(());
        }
        io::Write::write_all(to, &buffer[..count]).map_err(Refusal::Io)?;
    }
}

/// All files get the same time: ghc-pkg compares that of its cache with those of its entries.
fn finish(file: &File, executable: bool, seconds: u64) -> io::Result<()> {
    if executable {
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    }
    file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds))
}

/// Compares the checksum that the archive holds with that of what was unpacked.
fn compare(tail: &mut Entry<'_, Source>, checksum: &Checksum) -> Result<(), Refusal> {
    let mut text = String::new();
    tail.take(HEAD_LIMIT).read_to_string(&mut text).map_err(reading)?;
    if text == checksum.finish() { Ok(()) } else { Err(Refusal::Archive(CORRUPTED.into())) }
}
