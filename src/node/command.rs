//! Commands: `_start` runs once, on tokio, and needs no JavaScript.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use napi::Env;
use napi::bindgen_prelude::{Buffer, BufferSlice, Object};
use napi_derive::napi;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::instance::{explained, feed, seen, take, whole};
use super::module::NativeModule;
use super::outcome::promise;
use super::stdio::WorldOptions;
use super::wake::{Bell, NativeLoop};
use crate::error::{Error, Result};
use crate::host::control::Control;
use crate::host::engine::Active;
use crate::host::fuel::Gauge;
use crate::host::limits::Limits;
use crate::host::sampler::Sampler;
use crate::host::state::HostState;
use crate::host::wasi::{self, Stdio};
use crate::jsffi::link::Linked;

/// A run of a command.
#[napi]
pub struct NativeRun {
    linked: Arc<Linked>,
    world: Option<WorldOptions>,
    stdio: Stdio,
    bell: Arc<Bell>,
    stop: Arc<Notify>,
    sampler: Arc<Sampler>,
}

#[napi]
impl NativeRun {
    /// Prepares a run of `module`, whose doorbell has the number `id`.
    #[napi(constructor)]
    pub fn new(module: &NativeModule, world: WorldOptions, bells: &NativeLoop, id: u32) -> Self {
        let bell = bells.bell(id);
        let stdio = world.stdio(&bell, &Arc::new(AtomicBool::new(false)));
        let (linked, sampler) = (Arc::clone(&module.linked), world.sampler());
        Self { linked, world: Some(world), stdio, bell, stop: Arc::default(), sampler }
    }

    /// Runs it, with at most so much fuel, for which [`NativeModule::prepare_fuel`] comes first. The outcome is `{ exitCode }` or `{ failure: record }`, with `{ stdout, stderr }` captured.
    #[napi(ts_return_type = "Promise<any>")]
    pub fn start(&mut self, env: Env, fuel: Option<f64>) -> napi::Result<Object<'static>> {
        let world = self.world.take();
        let (linked, stdio, stop) = (Arc::clone(&self.linked), self.stdio.clone(), Arc::clone(&self.stop));
        let (sampler, ran) = (Arc::clone(&self.sampler), Arc::clone(&self.linked));
        promise(&env, async move {
            let world = world.ok_or_else(|| Error::Internal("a run starts once".into()))?;
            let timeout = world.timeout_ms.map(|ms| Duration::from_secs_f64(ms / 1000.0));
            let run = run(&linked, &world, &stdio, fuel, sampler);
            let out_of_time = async {
                match timeout {
                    Some(timeout) => tokio::time::sleep(timeout).await,
                    None => std::future::pending().await,
                }
            };
            // Dropping `run` unwinds the guest's fiber; the guest gives way again and again, so that it can be dropped.
            let ended = tokio::select! {
                ended = run => ended,
                () = stop.notified() => Err(Error::Aborted),
                () = out_of_time => Err(time_limit(&world)),
            };
            match ended {
                Ok(code) | Err(Error::Exit(code)) => Ok(json!({ "exitCode": code })),
                Err(failure) => Ok(json!({ "failure": explained(&failure, &ran) })),
            }
        })
    }

    /// Stops the run; its outcome is then an abort.
    #[napi]
    pub fn abort(&self) {
        self.stop.notify_one();
    }

    /// Says that the bell was heard.
    #[napi]
    pub fn answer(&self) {
        self.bell.answer();
    }

    /// Ends to take CPU samples, and gives what was seen.
    #[napi]
    pub fn take_samples(&self) -> Option<Value> {
        seen(&self.sampler, &self.linked)
    }

    /// Takes what the guest wrote to descriptor `fd` (1 or 2); nothing if there is none.
    #[napi]
    pub fn take_output<'env>(&self, env: &'env Env, fd: u32) -> napi::Result<Option<BufferSlice<'env>>> {
        take(env, &self.stdio, fd)
    }

    /// Whether the guest waits for input.
    #[napi]
    pub fn wants_input(&self) -> bool {
        self.stdio.stdin.is_asked()
    }

    /// Gives the guest something to read, or says with nothing that there is no more. Gives how many bytes wait.
    #[napi]
    pub fn feed(&self, bytes: Option<Buffer>) -> f64 {
        feed(&self.stdio, bytes)
    }

    /// The end of what the guest wrote to stderr.
    #[napi]
    pub fn last_words(&self) -> String {
        self.stdio.stderr.last_words()
    }

    /// Makes the guest's writes fail as into a closed pipe.
    #[napi]
    pub fn close_output(&self, fd: u32) {
        if fd == 2 { self.stdio.stderr.close() } else { self.stdio.stdout.close() }
    }
}

impl Drop for NativeRun {
    /// Nobody is left who would hear of it: its realm ends, as a worker's that is terminated.
    fn drop(&mut self) {
        self.abort();
    }
}

fn time_limit(world: &WorldOptions) -> Error {
    let message = format!("the command ran longer than timeoutMs = {}", world.timeout_ms.unwrap_or_default());
    Error::Limit { limit: "time", message }
}

async fn run(
    linked: &Linked,
    world: &WorldOptions,
    stdio: &Stdio,
    fuel: Option<f64>,
    sampler: Arc<Sampler>,
) -> Result<i32> {
    let start = linked.export("_start").ok_or_else(|| {
        Error::MissingExport("run() needs a command (a module that exports _start); this is a reactor".into())
    })?;
    let mut state = HostState::new(
        wasi::build(&world.wasi(), stdio)?,
        stdio.stdin.clone(),
        Limits::new(world.memory_limit()),
    )
    .with_clock(world.clock());
    state.control = Arc::new(Control::on_worker());
    state.active = Some(Active::new());
    state.sampler = sampler;
    state.fuel = fuel.map(whole);
    let gauge = state.fuel.map(Gauge::new);
    let mut guest = linked.instantiate(state).await?;
    let ended = guest.call(start, &[]).await.map(|_| 0);
    ended.map_err(|error| match (&error, gauge) {
        (Error::Limit { limit: "fuel", .. }, Some(gauge)) => gauge.empty(),
        _ => error,
    })
}
