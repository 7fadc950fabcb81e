//! The world that a guest sees through WASI: arguments, environment, preopens, stdio.

use std::path::PathBuf;

use wasmtime_wasi::p1::WasiP1Ctx;
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

use super::stdio::{Counted, InputPipe, OutputPipe};
use crate::error::{Error, Result};

/// A folder of the host that the guest may use.
#[derive(Clone, Debug)]
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
                path: format!("options.preopens[{:?}]", preopen.guest),
                message: format!(
                    "expected a folder that can be opened, found {}: {error:#}",
                    preopen.host.display()
                ),
            }
        })?;
    }
    Ok(builder.build_p1())
}
