//! Asks a compiler what it is, by `ghc --info`, and remembers the answer.
//!
//! GHC takes a tenth of a second to answer, so answers are kept in the process and, for later processes, in
//! `toolchains/probe.json` of the cache folder. Invariant: an answer is used only for the same file, unchanged in
//! size and time of change; failures are never kept; a cache that cannot be read or written costs time, not success.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use process_wrap::tokio::{ChildWrapper, CommandWrap, ProcessGroup};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt;
use tokio::process::Command;

use crate::sealed::put;

/// How long a compiler may take to answer. A cold start from a slow disk takes a few seconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a compiler says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Info {
    /// GHC's version.
    pub(super) version: String,
    /// GHC's library folder.
    pub(super) libdir: PathBuf,
    /// GHC's name of the target's architecture, such as `ArchWasm32`.
    pub(super) target_arch: String,
    /// The target's triple.
    pub(super) target_platform: String,
}

/// The state of a compiler's file when it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    size: u64,
    modified_ns: u128,
}

/// An answer and the state of the file that gave it.
type Answer = (Stamp, Info);

static ANSWERS: LazyLock<Mutex<HashMap<PathBuf, Answer>>> = LazyLock::new(Mutex::default);

/// What the compiler `ghc` says about itself, remembered in `cache`.
///
/// # Errors
/// The reason, for the user, why it does not answer.
pub(super) async fn probe(ghc: &Path, cache: &Path) -> Result<Info, String> {
    let stamp = stamp(ghc).map_err(|cause| format!("{} cannot be read: {cause}", ghc.display()))?;
    let fresh = |answer: &Answer| answer.0 == stamp && answer.1.libdir.is_dir();
    let remembered = ANSWERS.lock().unwrap_or_else(PoisonError::into_inner).get(ghc).cloned();
    if let Some(answer) = remembered.filter(fresh) {
        return Ok(answer.1);
    }
    let file = cache.join("toolchains/probe.json");
    let answer = match read(&file).remove(ghc).filter(fresh) {
        Some(answer) => answer,
        None => (stamp, ask_and_keep(ghc, stamp, &file).await?),
    };
    ANSWERS.lock().unwrap_or_else(PoisonError::into_inner).insert(ghc.to_owned(), answer.clone());
    Ok(answer.1)
}

/// Asks the compiler, and keeps the answer if that is possible.
async fn ask_and_keep(ghc: &Path, stamp: Stamp, file: &Path) -> Result<Info, String> {
    let info = parse(&ask(ghc).await?).map_err(|lack| {
        format!("{} --info does not answer like a GHC: it says nothing about {lack}", ghc.display())
    })?;
    let _ = write(file, ghc, &(stamp, info.clone()));
    Ok(info)
}

/// Forgets an answer in this process, as if it were a new one.
#[cfg(test)]
pub(super) fn forget(ghc: &Path) {
    ANSWERS.lock().unwrap_or_else(PoisonError::into_inner).remove(ghc);
}

fn stamp(ghc: &Path) -> io::Result<Stamp> {
    let meta = fs::metadata(ghc)?;
    let modified = meta.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(Stamp { size: meta.len(), modified_ns: modified.as_nanos() })
}

fn read(file: &Path) -> BTreeMap<PathBuf, Answer> {
    fs::read(file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// Adds an answer, in one rename. Of two processes at once one may lose its answer, and asks again the next time.
fn write(file: &Path, ghc: &Path, answer: &Answer) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut answers = read(file);
    answers.retain(|ghc, _| ghc.exists());
    answers.insert(ghc.to_owned(), answer.clone());
    put(file, &[&serde_json::to_vec(&answers)?])
}

/// Runs `ghc --info`.
async fn ask(ghc: &Path) -> Result<String, String> {
    let shown = ghc.display();
    let cannot = |cause: io::Error| format!("{shown} cannot be run: {cause}");
    let mut command = Command::new(ghc);
    command.arg("--info").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for foreign in ["GHC_PACKAGE_PATH", "GHC_ENVIRONMENT", "GHCRTS"] {
        command.env_remove(foreign);
    }
    let child = CommandWrap::from(command).wrap(ProcessGroup::leader()).spawn().map_err(cannot)?;
    let mut asked = Asked(child);
    let (stdout, stderr) = (asked.0.stdout().take(), asked.0.stderr().take());
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let answered = async {
        let read_out = async {
            match stdout {
                Some(mut pipe) => pipe.read_to_end(&mut out).await,
                None => Ok(0),
            }
        };
        let read_err = async {
            match stderr {
                Some(mut pipe) => pipe.read_to_end(&mut err).await,
                None => Ok(0),
            }
        };
        tokio::try_join!(read_out, read_err, asked.0.wait())
    };
    let (_, _, status) = tokio::time::timeout(PATIENCE, answered)
        .await
        .map_err(|_| format!("{shown} --info did not answer within {} s", PATIENCE.as_secs()))?
        .map_err(cannot)?;
    if !status.success() {
        let said = String::from_utf8_lossy(&err);
        let said = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no reason given");
        return Err(format!("{shown} --info failed ({status}): {said}"));
    }
    Ok(String::from_utf8_lossy(&out).into_owned())
}

/// The process group of the question, which ends with it.
struct Asked(Box<dyn ChildWrapper>);

impl Drop for Asked {
    fn drop(&mut self) {
        // It fails if all have ended, as they should.
        let _ = self.0.start_kill();
    }
}

/// Takes the needed fields out of GHC's answer, a Haskell list of pairs of strings.
///
/// # Errors
/// The name of a missing field.
fn parse(info: &str) -> Result<Info, &'static str> {
    let fields: HashMap<String, String> = info.lines().filter_map(pair).collect();
    let field = |name: &'static str| fields.get(name).cloned().ok_or(name);
    let version = field("Project version")?;
    let platform = field("Target platform").or_else(|_| field("target platform string"))?;
    Ok(Info {
        version,
        libdir: field("LibDir")?.into(),
        target_arch: field("target arch")?,
        target_platform: platform,
    })
}

/// The pair of one line: ` ,("LibDir","/usr/lib/ghc")`.
fn pair(line: &str) -> Option<(String, String)> {
    let rest = line.trim_start_matches([' ', ',', '[']).strip_prefix('(')?;
    let (name, rest) = string(rest)?;
    let (value, _) = string(rest.strip_prefix(',')?)?;
    Some((name, value))
}

/// A Haskell string at the start of the text, and what follows it. Paths with control or non-ASCII characters come
/// as decimal escapes (`\233`, and `\&` between an escape and a digit).
fn string(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('"')?;
    let mut value = String::new();
    loop {
        let mut chars = rest.chars();
        let c = chars.next()?;
        rest = chars.as_str();
        match c {
            '"' => return Some((value, rest)),
            '\\' => {
                let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
                if digits > 0 {
                    value.push(char::from_u32(rest[..digits].parse().ok()?)?);
                    rest = &rest[digits..];
                } else {
                    let escaped = rest.chars().next()?;
                    rest = &rest[escaped.len_utf8()..];
                    value.extend(match escaped {
                        '&' => None,
                        'n' => Some('\n'),
                        't' => Some('\t'),
                        other => Some(other),
                    });
                }
            }
            other => value.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INFO: &str = r#" [("Project name","The Glorious Glasgow Haskell Compilation System")
 ,("target arch","ArchWasm32")
 ,("Project version","9.12.2.20250324")
 ,("Target platform","wasm32-unknown-wasi")
 ,("LibDir","/home/J\252rgen \233\&12/\"x\"\\lib")
 ]"#;

    #[test]
    fn ghc_s_answer_is_read() {
        let info = parse(INFO).unwrap();
        assert_eq!(info.version, "9.12.2.20250324");
        assert_eq!(info.target_arch, "ArchWasm32");
        assert_eq!(info.target_platform, "wasm32-unknown-wasi");
        assert_eq!(info.libdir, Path::new("/home/J\u{fc}rgen \u{e9}12/\"x\"\\lib"));
    }

    #[test]
    fn a_missing_field_is_named() {
        assert_eq!(parse(" [(\"target arch\",\"ArchWasm32\")"), Err("Project version"));
        assert_eq!(parse("Usage: gcc [options]"), Err("Project version"));
    }
}
