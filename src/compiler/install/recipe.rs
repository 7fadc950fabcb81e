//! Runs a recipe (`toolchain/build.sh`, `toolchain/cabal.sh`) and reads its reports; `toolchain/README.md` has their form.
//!
//! Invariant: nothing that the recipe started outlives this call, whether it ends, is dropped, or the whole process
//! dies (the recipe holds the other end of a pipe, and ends its process group when that closes).

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use process_wrap::tokio::{ChildWrapper, CommandWrap, ProcessGroup};
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{ChildStdin, ChildStdout, Command};

use super::estimate::Estimate;
use crate::compiler::progress::Progress;
use crate::error::{Error, Result};

/// How long to wait for words of a recipe that has ended.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// How the recipe ended.
#[derive(Debug)]
pub(super) struct Outcome {
    /// Its exit status.
    pub(super) status: ExitStatus,
    /// Why it could not go on, in its own words.
    pub(super) error: Option<String>,
}

/// A line of the recipe's standard output.
#[derive(Debug, PartialEq, Eq)]
enum Report {
    Progress(Fields),
    Error(String),
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fields {
    phase: String,
    name: String,
    index: u32,
    total: u32,
    message: String,
    /// How many seconds of work are left, as measured on the machine where the recipe was written.
    left: Option<u32>,
    bytes: Option<u64>,
    total_bytes: Option<u64>,
}

#[derive(Deserialize)]
struct Failure {
    message: String,
}

/// What the recipe shall do.
pub(super) struct Task<'a> {
    /// The recipe.
    pub(super) script: &'a Path,
    /// Where what it makes shall be.
    pub(super) prefix: &'a Path,
    pub(super) jobs: Option<usize>,
    pub(super) node: Option<&'a Path>,
    /// Whether the toolchain is there, unpacked, and is only to be proven.
    pub(super) adopt: bool,
    /// When the install began.
    pub(super) began: Instant,
}

/// Runs the recipe.
///
/// # Errors
/// When it cannot be started or watched. That it failed is not an error here.
pub(super) async fn run_recipe(
    task: Task<'_>,
    on_progress: &(impl Fn(Progress) + Send + Sync),
) -> Result<Outcome> {
    let script = task.script;
    let cannot = |cause: std::io::Error| {
        Error::ToolchainInstall(format!("cannot run the recipe {} with bash: {cause}", script.display()))
    };
    std::fs::metadata(script).map_err(cannot)?;
    let mut command = Command::new("bash");
    command.arg(script).args(["--progress", "json", "--supervised"]);
    if let Some(jobs) = task.jobs {
        command.args(["--jobs", &jobs.max(1).to_string()]);
    }
    if task.adopt {
        command.arg("--adopt");
    }
    if let Some(node) = task.node {
        command.env("HS_WASM_NODE", node);
    }
    command.arg(task.prefix).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = CommandWrap::from(command).wrap(ProcessGroup::leader()).spawn().map_err(cannot)?;
    let (stdin, stdout) = (child.stdin().take(), child.stdout().take());
    let mut running = Running { child, _stdin: stdin };
    let mut error = None;
    let mut estimate = Estimate::default();
    let mut take = |line: &str| match parse(line) {
        Some(Report::Progress(at)) => {
            let elapsed = task.began.elapsed();
            let report =
                Progress::new(&at.phase, &at.name, at.index, at.total, elapsed).with_message(at.message);
            let left = at.left.map(|left| estimate.remaining(elapsed, left));
            let report = report.with_remaining(left);
            on_progress(match (at.bytes, at.total_bytes) {
                (Some(bytes), Some(total)) => report.with_bytes(bytes, total),
                _ => report,
            });
        }
        // the first is the cause, later ones follow from it
        Some(Report::Error(message)) => error = error.take().or(Some(message)),
        None => {}
    };
    let mut lines = stdout.map(|stdout| BufReader::new(stdout).lines());
    // The end of the recipe counts, not the end of its output: what it started may hold the pipe open.
    let mut ended = running.child.wait();
    let status = loop {
        tokio::select! {
            biased;
            line = next(&mut lines) => match line.map_err(cannot)? {
                Some(line) => take(&line),
                None => lines = None,
            },
            status = &mut ended => break status.map_err(cannot)?,
        }
    };
    // What was written just before the end.
    while let Ok(Ok(Some(line))) = tokio::time::timeout(LAST_WORDS, next(&mut lines)).await {
        take(&line);
    }
    drop(ended);
    Ok(Outcome { status, error })
}

/// The next line; never, after the last.
async fn next(lines: &mut Option<Lines<BufReader<ChildStdout>>>) -> std::io::Result<Option<String>> {
    match lines {
        Some(lines) => lines.next_line().await,
        None => std::future::pending().await,
    }
}

/// The recipe at work: its process group dies with this value.
struct Running {
    child: Box<dyn ChildWrapper>,
    /// The pipe that ties the recipe to this process. It closes after the group has been told to end.
    _stdin: Option<ChildStdin>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It fails only for a group that has ended already.
        let _ = self.child.start_kill();
    }
}

fn parse(line: &str) -> Option<Report> {
    if let Some(fields) = line.strip_prefix("::progress ") {
        return serde_json::from_str(fields).ok().map(Report::Progress);
    }
    let failure: Failure = serde_json::from_str(line.strip_prefix("::error ")?).ok()?;
    Some(Report::Error(failure.message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_read_and_other_lines_are_not() {
        let line = r#"::progress {"phase":"library","name":"base","index":9,"total":25,"message":""}"#;
        let Some(Report::Progress(at)) = parse(line) else { panic!("no progress in {line}") };
        assert_eq!((at.name.as_str(), at.index, at.total), ("base", 9, 25));
        let failed = parse(r#"::error {"message":"no \"apt\" here"}"#);
        assert_eq!(failed, Some(Report::Error("no \"apt\" here".into())));
        for line in ["", "base (9 of 25)", "::progress", "::progress {}", "::error"] {
            assert_eq!(parse(line), None);
        }
    }
}
