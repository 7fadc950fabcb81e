//! Scripts that other programs are to run.

use std::fs;
use std::io;
use std::path::Path;

/// Whether `path` is a script of this text that can be run.
pub(super) fn is_there(path: &Path, text: &str) -> bool {
    fs::read(path).is_ok_and(|there| there == text.as_bytes()) && is_executable(path)
}

/// Makes it one, whole or not at all, by way of `scratch`, a path where nothing is.
///
/// Another process writes it. What a process has open for writing, all its children have that were started meanwhile, until they have become
/// another program; and as long as anybody has, nobody can run it ("Text file busy").
///
/// # Errors
/// Of the system.
#[cfg(unix)]
pub(super) fn put(path: &Path, scratch: &Path, text: &str) -> io::Result<()> {
    use std::io::Write;
    use std::process::{Command, Stdio};

    let mut writer = Command::new("sh")
        .args(["-c", r#"cat > "$1" && chmod 755 "$1" && mv -f "$1" "$2""#, "sh"])
        .args([scratch, path])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let written = writer.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(text.as_bytes()));
    let ended = writer.wait_with_output()?;
    if ended.status.success() {
        return written;
    }
    Err(io::Error::other(String::from_utf8_lossy(&ended.stderr).trim().to_owned()))
}

#[cfg(not(unix))]
pub(super) fn put(path: &Path, _: &Path, text: &str) -> io::Result<()> {
    fs::write(path, text)
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|about| about.permissions().mode() & 0o111 == 0o111)
}

#[cfg(not(unix))]
fn is_executable(_: &Path) -> bool {
    true
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::process::Command;

    const TEXT: &str = "#!/bin/sh\necho \"$1\"\n";

    #[test]
    fn a_script_can_be_run_and_takes_the_place_of_one_that_cannot() {
        let folder = tempfile::tempdir().expect("a folder");
        let [path, scratch] = ["a 'script'", "new"].map(|name| folder.path().join(name));
        fs::write(&path, TEXT).expect("written");
        assert!(!is_there(&path, TEXT), "it cannot be run");
        put(&path, &scratch, TEXT).expect("written");
        assert!(is_there(&path, TEXT) && !is_there(&path, "another") && !scratch.exists());
        let said = Command::new(&path).arg("hello").output().expect("run");
        assert_eq!(said.stdout, b"hello\n");
    }

    #[test]
    fn a_script_that_cannot_be_written_says_why() {
        let folder = tempfile::tempdir().expect("a folder");
        let missing = folder.path().join("missing/script");
        let error = put(&missing, &folder.path().join("new"), TEXT).expect_err("there is no such folder");
        assert!(error.to_string().contains("missing"), "{error}");
    }

    /// What is open for writing somewhere cannot be run: each thread runs its own script at once, while others start processes.
    #[test]
    fn scripts_of_many_threads_are_never_busy() {
        let folder = tempfile::tempdir().expect("a folder");
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let folder = folder.path();
                scope.spawn(move || {
                    for turn in 0..25 {
                        let path = folder.join(format!("{thread}-{turn}"));
                        put(&path, &path.with_extension("new"), TEXT).expect("written");
                        assert!(Command::new(&path).output().expect("run").status.success());
                    }
                });
            }
        });
    }
}
