//! V8's code of this package's own JavaScript, kept between processes: see Note [Kept code] in `lib/kept-code.js`.
#![expect(clippy::needless_pass_by_value, reason = "what crosses from JavaScript is owned")]

use std::fs;
use std::path::Path;

use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

use crate::compiler::cache_dir::usual;
use crate::identity::Identity;
use crate::sealed;

/// What was kept.
#[napi(object)]
pub struct KeptCode {
    /// Where it is kept, or can be.
    pub file: String,
    /// The same with the files of which it was made unchanged; otherwise nothing.
    pub bytes: Option<Buffer>,
}

/// What was kept under `key` of the files in the folder `root`. It is asked for before `configure()` can be called, and so looked for
/// where the cache folder usually is.
#[napi]
pub fn kept_code(root: String, key: String) -> KeptCode {
    let name = blake3::hash(format!("{root}\0{key}").as_bytes()).to_hex();
    let file = usual().0.join("code").join(format!("{name}.js"));
    let bytes = sealed::read(&file).filter(|bytes| is_current(bytes, Path::new(&root)).unwrap_or(false));
    KeptCode { file: file.to_string_lossy().into_owned(), bytes: bytes.map(Buffer::from) }
}

/// Keeps `code` for later processes. A cache that cannot be written is no cache, not an error.
#[napi]
pub fn keep_code(file: String, code: Buffer) {
    sealed::write(Path::new(&file), &code).ok();
}

/// What tells one state of a file from another.
#[napi]
pub fn file_state(file: String) -> Option<String> {
    state(Path::new(&file))
}

/// Whether the files are as they were: at the end stands the length of a list, and before it the list, a file and its state on each line.
fn is_current(bytes: &[u8], root: &Path) -> Option<bool> {
    let (rest, length) = bytes.split_last_chunk::<4>()?;
    let from = rest.len().checked_sub(u32::from_le_bytes(*length) as usize)?;
    let list = std::str::from_utf8(&rest[from..]).ok()?;
    Some(list.lines().all(|line| {
        line.split_once('\t').is_some_and(|(name, then)| state(&root.join(name)).as_deref() == Some(then))
    }))
}

fn state(file: &Path) -> Option<String> {
    Some(Identity::of(&fs::metadata(file).ok()?)?.to_string())
}
