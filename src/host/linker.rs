//! The imports that every guest may have: WASI preview1, with our corrections.

use once_cell::sync::Lazy;
use wasmtime::{Engine, Linker};
use wasmtime_wasi::{I32Exit, p1};

use super::corrections::{clock_time_get, fd_allocate, fd_read};
use super::engine::{counting_engine, engine, quick_engine};
use super::poll::poll_oneoff;
use super::preview1::WASI;
use super::state::HostState;

static BASE: Lazy<Linker<HostState>> = Lazy::new(|| make(engine()));
static COUNTING: Lazy<Linker<HostState>> = Lazy::new(|| make(counting_engine()));
static QUICK: Lazy<Option<Linker<HostState>>> = Lazy::new(|| quick_engine().map(make));

fn make(engine: &Engine) -> Linker<HostState> {
    let mut linker = Linker::new(engine);
    p1::add_to_linker_async(&mut linker, |state: &mut HostState| &mut state.wasi)
        .and_then(|()| {
            linker.allow_shadowing(true);
            // wasmtime-wasi calls exit codes from 126 on an error; they are exit codes like the others. As of
            // any process, the lowest eight bits count.
            linker.func_wrap(WASI, "proc_exit", |code: i32| -> wasmtime::Result<()> {
                Err(I32Exit(code & 0xFF).into())
            })?;
            linker.func_wrap(WASI, "clock_time_get", clock_time_get)?;
            linker
                .func_wrap_async(WASI, "fd_allocate", |caller, args| Box::new(fd_allocate(caller, args)))?;
            linker.func_wrap_async(WASI, "fd_read", |caller, args| Box::new(fd_read(caller, args)))?;
            linker
                .func_wrap_async(WASI, "poll_oneoff", |caller, args| Box::new(poll_oneoff(caller, args)))?;
            linker.allow_shadowing(false);
            Ok(())
        })
        .expect("the names are constant and distinct");
    linker
}

/// A linker that knows WASI, for modules of `of`, which is an engine of the process.
pub fn base(of: &Engine) -> Linker<HostState> {
    if Engine::same(of, engine()) {
        return BASE.clone();
    }
    match &*QUICK {
        Some(quick) if Engine::same(of, quick.engine()) => quick.clone(),
        _ => COUNTING.clone(),
    }
}
