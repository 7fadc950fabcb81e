//! Stream options → pipes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

use super::clock::ClockHandle;
use super::wake::Bell;
use crate::host::clock::ManualClock;
use crate::host::port::current_js;
use crate::host::sampler::Sampler;
use crate::host::stdio::{InputPipe, Notice, OutputPipe};
use crate::host::wasi::{Preopen, Stdio, WasiOptions};

/// What the guest reads: `bytes`, or what is fed while it runs if there are none.
#[napi(object)]
pub struct InputOptions {
    /// All there is to read.
    pub bytes: Option<Buffer>,
    /// Whether the guest is told that it is a terminal.
    pub terminal: bool,
}

/// What becomes of what the guest writes.
#[napi(object)]
pub struct OutputOptions {
    /// `ignore`, `capture` or `forward`.
    pub kind: String,
    /// The most bytes to capture.
    pub most: Option<f64>,
    /// Whether the guest is told that it is a terminal.
    pub terminal: bool,
}

/// A folder of the host.
#[napi(object)]
pub struct PreopenOptions {
    /// The path the guest knows it by.
    pub guest: String,
    /// The folder.
    pub host: String,
    /// Whether the guest may only read.
    pub read_only: bool,
}

/// The world of a guest.
#[napi(object, object_to_js = false)]
pub struct WorldOptions {
    /// Arguments, the program's name first.
    pub args: Vec<String>,
    /// Names and values.
    pub env: Vec<Vec<String>>,
    /// Folders.
    pub preopens: Vec<PreopenOptions>,
    /// Descriptor 0.
    pub stdin: InputOptions,
    /// Descriptor 1.
    pub stdout: OutputOptions,
    /// Descriptor 2.
    pub stderr: OutputOptions,
    /// The time, if it is not the machine's.
    pub clock: Option<ClockHandle>,
    /// What random bytes follow from, if they are to follow from something.
    pub random_seed: Option<f64>,
    /// The most bytes a linear memory may have.
    pub memory_limit_bytes: Option<f64>,
    /// The least milliseconds between two CPU samples, if samples are taken from the beginning.
    pub sample_ms: Option<f64>,
    /// The most milliseconds a run may take.
    pub timeout_ms: Option<f64>,
}

impl WorldOptions {
    /// Arguments, environment and folders.
    pub fn wasi(&self) -> WasiOptions {
        let pair = |pair: &Vec<String>| match &pair[..] {
            [name, value] => Some((name.clone(), value.clone())),
            _ => None,
        };
        let preopen = |preopen: &PreopenOptions| Preopen {
            guest: preopen.guest.clone(),
            host: preopen.host.clone().into(),
            read_only: preopen.read_only,
        };
        WasiOptions {
            args: self.args.clone(),
            env: self.env.iter().filter_map(pair).collect(),
            preopens: self.preopens.iter().map(preopen).collect(),
            clock: self.clock(),
            random_seed: whole(self.random_seed),
        }
    }

    /// The clock that the guest goes by, if it is not the machine's.
    pub fn clock(&self) -> Option<ManualClock> {
        self.clock.as_ref().map(|clock| clock.0.clone())
    }

    /// The three streams. `bell` rings when the event loop has to feed or take; `wanted` says the same to those
    /// who look before they are rung.
    pub fn stdio(&self, bell: &Arc<Bell>, wanted: &Arc<AtomicBool>) -> Stdio {
        let (bell, wanted) = (Arc::clone(bell), Arc::clone(wanted));
        let notice: Notice = Arc::new(move || {
            wanted.store(true, Ordering::Release);
            // On the JavaScript thread the streams are served before JavaScript goes on.
            if current_js().is_none() {
                bell.ring();
            }
        });
        let stdin = match &self.stdin.bytes {
            Some(bytes) => InputPipe::bytes(bytes.to_vec()),
            None => InputPipe::fed(Some(Arc::clone(&notice)), self.stdin.terminal),
        };
        let pipe = |options: &OutputOptions| match options.kind.as_str() {
            "forward" => OutputPipe::forward(Arc::clone(&notice), options.terminal),
            "capture" => OutputPipe::capture(bytes(options.most).unwrap_or(usize::MAX)),
            _ => OutputPipe::ignore(),
        };
        Stdio { stdin, stdout: pipe(&self.stdout), stderr: pipe(&self.stderr) }
    }

    /// What takes samples of the guest.
    pub fn sampler(&self) -> Arc<Sampler> {
        let sampler = Sampler::default();
        if let Some(ms) = self.sample_ms {
            sampler.begin(Duration::from_secs_f64(ms / 1000.0));
        }
        Arc::new(sampler)
    }

    /// The memory limit in bytes.
    pub fn memory_limit(&self) -> Option<usize> {
        bytes(self.memory_limit_bytes)
    }
}

/// A number of bytes from JavaScript.
fn bytes(number: Option<f64>) -> Option<usize> {
    whole(number).map(|number| usize::try_from(number).unwrap_or(usize::MAX))
}

/// A number from JavaScript, which has checked that it is a safe integer.
fn whole(number: Option<f64>) -> Option<u64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be a safe integer >= 0"
    )]
    number.map(|number| number as u64)
}
