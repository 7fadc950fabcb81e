//! Runs GHC: its own process group, output read as it comes, nothing left behind.
//!
//! The group dies when the future is dropped. GHC never sees a shell, and no variable of the caller's
//! environment that means another compiler's packages or headers.

use std::ffi::OsString;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use process_wrap::tokio::{ChildWrapper, CommandWrap, ProcessGroup};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::Command;
use tokio::runtime::Handle;

use super::toolchain::Toolchain;
use crate::error::{Error, Result};

/// What GHC said and how it ended.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) status: ExitStatus,
    pub(crate) stderr: String,
}

impl Output {
    /// The signal that ended GHC. A wrapper script that did not `exec` GHC reports 128 + signal.
    pub(crate) fn signal(&self) -> Option<i32> {
        let by_wrapper = self.status.code().filter(|code| (129..=159).contains(code)).map(|code| code - 128);
        #[cfg(unix)]
        let by_wrapper = std::os::unix::process::ExitStatusExt::signal(&self.status).or(by_wrapper);
        by_wrapper
    }
}

/// Variables that would lead a cross compiler to the host's packages, headers and libraries.
const FOREIGN_VARIABLES: [&str; 9] = [
    "GHC_PACKAGE_PATH",
    "GHC_ENVIRONMENT",
    "GHCRTS",
    "CPATH",
    "C_INCLUDE_PATH",
    "CPLUS_INCLUDE_PATH",
    "OBJC_INCLUDE_PATH",
    "LIBRARY_PATH",
    "COMPILER_PATH",
];

/// Runs GHC in `cwd` and calls `on_line` with each line of its standard output.
///
/// # Errors
/// [`Error::ToolchainUnsupported`] if it cannot be started.
pub(crate) async fn run_ghc(
    toolchain: &Toolchain,
    arguments: Vec<OsString>,
    cwd: &Path,
    tmp: &Path,
    on_line: impl FnMut(&str) + Send,
) -> Result<Output> {
    let mut command = Command::new(&toolchain.ghc);
    command.args(arguments).current_dir(cwd);
    run(command, &format!("the compiler {}", toolchain.ghc.display()), tmp, on_line).await
}

/// Runs a command, `name` in messages, as [`run_ghc`] does.
///
/// # Errors
/// [`Error::ToolchainUnsupported`] if it cannot be started.
pub(crate) async fn run(
    mut command: Command,
    name: &str,
    tmp: &Path,
    mut on_line: impl FnMut(&str) + Send,
) -> Result<Output> {
    let cannot = |cause: std::io::Error| Error::ToolchainUnsupported(format!("cannot run {name}: {cause}"));
    command
        .env("LC_ALL", "C.UTF-8")
        .env("TMPDIR", tmp)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for variable in FOREIGN_VARIABLES {
        command.env_remove(variable);
    }
    let child = CommandWrap::from(command).wrap(ProcessGroup::leader()).spawn().map_err(cannot)?;
    let mut group = Group(Some(child));
    let Some(child) = group.0.as_mut() else { return Err(Error::Internal("no child".into())) };
    let (stdout, stderr) = (child.stdout().take(), child.stderr().take());
    // Both pipes are read to their ends: a GHC whose pipe is closed hangs instead of failing.
    let read_stdout = async {
        let mut line = Vec::new();
        if let Some(pipe) = stdout {
            let mut pipe = BufReader::new(pipe);
            while pipe.read_until(b'\n', &mut line).await? > 0 {
                on_line(String::from_utf8_lossy(&line).trim_end());
                line.clear();
            }
        }
        std::io::Result::Ok(())
    };
    let read_stderr = async {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = stderr {
            pipe.read_to_end(&mut bytes).await?;
        }
        std::io::Result::Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let ((), stderr, status) = tokio::try_join!(read_stdout, read_stderr, child.wait()).map_err(cannot)?;
    group.0 = None;
    Ok(Output { status, stderr })
}

/// A process group that is killed when dropped, and its leader reaped.
struct Group(Option<Box<dyn ChildWrapper>>);

impl Drop for Group {
    fn drop(&mut self) {
        let Some(mut child) = self.0.take() else { return };
        // It fails only for a group that has ended already.
        let _ = child.start_kill();
        // Left to itself tokio reaps the leader when something else wakes it, which may be never.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move { child.wait().await });
        }
    }
}

/// A private folder that is removed when dropped, also under the feet of processes being killed.
#[derive(Debug)]
pub(crate) struct Scratch(Option<TempDir>);

impl Scratch {
    /// Makes a folder in the system's folder for temporary files.
    pub(crate) fn new() -> Result<Self> {
        let made = tempfile::Builder::new().prefix("hs-wasm-").tempdir();
        made.map(|folder| Self(Some(folder)))
            .map_err(|cause| Error::io("cannot make a temporary folder", &cause))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.as_ref().map_or(Path::new(""), TempDir::path)
    }

    /// Keeps the folder as long as the value returned.
    pub(crate) fn into_inner(mut self) -> Option<TempDir> {
        self.0.take()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let Some(folder) = self.0.take() else { return };
        let path = folder.path().to_owned();
        // A process that has been sent SIGKILL may still make a file; then the folder is not empty.
        if folder.close().is_err() && path.exists() {
            std::thread::spawn(move || {
                for _ in 0..20 {
                    std::thread::sleep(Duration::from_millis(25));
                    if std::fs::remove_dir_all(&path).is_ok() || !path.exists() {
                        return;
                    }
                }
            });
        }
    }
}
