//! The world that a guest sees through WASI: arguments, environment, preopens, stdio, time and chance.

use std::fs;
use std::path::{Path, PathBuf};

use wasmtime_wasi::p1::WasiP1Ctx;
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

use super::clock::{MachineClock, ManualClock};
use super::random::Seeded;
use super::stdio::{Counted, InputPipe, OutputPipe};
use crate::error::{Error, Result};

/// A folder of the host that the guest may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preopen {
    /// The path the guest knows it by.
    pub guest: String,
    /// The folder.
    pub host: PathBuf,
    /// Whether the guest may only read.
    pub read_only: bool,
}

/// What a guest is given.
#[derive(Clone, Debug, Default)]
pub struct WasiOptions {
    /// Arguments, the program's name first.
    pub args: Vec<String>,
    /// Environment.
    pub env: Vec<(String, String)>,
    /// Folders.
    pub preopens: Vec<Preopen>,
    /// The time, if it is not the machine's.
    pub clock: Option<ManualClock>,
    /// What random bytes follow from, if they are to follow from something.
    pub random_seed: Option<u64>,
}

impl WasiOptions {
    /// Whether what a guest asks for about itself has the same answers with these.
    pub(super) fn are_like(&self, others: &Self) -> bool {
        self.args == others.args && self.env == others.env && self.preopens == others.preopens
    }
}

/// Descriptors 0, 1 and 2.
#[derive(Clone, Debug)]
pub struct Stdio {
    /// What the guest reads.
    pub stdin: InputPipe,
    /// What it writes.
    pub stdout: OutputPipe,
    /// What it writes of errors.
    pub stderr: OutputPipe,
}

impl Stdio {
    /// Holds back nothing that the guest writes, as long as the result lives.
    #[must_use]
    pub fn flow(&self) -> [Counted; 2] {
        [self.stdout.flow(), self.stderr.flow()]
    }
}

/// Builds WASI's state.
///
/// # Errors
/// [`Error::InvalidArg`] naming a preopen whose folder cannot be opened.
pub fn build(options: &WasiOptions, stdio: &Stdio) -> Result<WasiP1Ctx> {
    let mut builder = WasiCtxBuilder::new();
    builder.args(&options.args).envs(&options.env);
    builder.stdin(stdio.stdin.clone()).stdout(stdio.stdout.clone()).stderr(stdio.stderr.clone());
    for preopen in &options.preopens {
        let permissions = if preopen.read_only { FsPerms::ReadOnly } else { FsPerms::ReadWrite };
        builder.preopened_dir(&preopen.host, &preopen.guest, permissions).map_err(|error| {
            Error::InvalidArg {
                path: format!("options.preopens['{}']", preopen.guest),
                message: not_a_folder(&preopen.host, &error),
            }
        })?;
    }
    match &options.clock {
        Some(clock) => builder.wall_clock(clock.clone()).monotonic_clock(clock.clone()),
        None => builder.monotonic_clock(MachineClock),
    };
    if let Some(seed) = options.random_seed {
        builder.secure_random(Seeded::new(seed));
    }
    Ok(builder.build_p1())
}

/// Why `path` cannot be a preopen.
fn not_a_folder(path: &Path, error: &wasmtime::Error) -> String {
    let shown = path.display();
    match fs::metadata(path) {
        Ok(found) if !found.is_dir() => {
            format!("must be a folder, found the file {shown}; give the folder that it is in")
        }
        Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => {
            format!("must be a folder, but there is no {shown}; make it first")
        }
        _ => format!("must be a folder that can be opened, but {shown} cannot: {error:#}"),
    }
}
