//! The imports that every guest may have: WASI preview1, with our corrections.

use once_cell::sync::Lazy;
use wasmtime::{AsContextMut, Caller, Engine, Extern, Linker};
use wasmtime_wasi::p1::wasi_snapshot_preview1::{self as preview1, WasiSnapshotPreview1};
use wasmtime_wasi::{I32Exit, p1};
use wiggle::{GuestMemory, GuestPtr};

use super::clock::clock_time_get;
use super::engine::{counting_engine, engine, quick_engine};
use super::poll::poll_oneoff;
use super::state::HostState;

/// The name of WASI preview1's import module.
pub const WASI: &str = "wasi_snapshot_preview1";

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

/// WASI's `fd_read`, but a read of stdin that would wait says so: wasmtime-wasi has no word for that and calls it an
/// I/O error. See Note [Stdin of a reactor] in [`super::stdio`].
async fn fd_read(
    mut caller: Caller<'_, HostState>,
    (fd, iovs, count, read): (i32, i32, i32, i32),
) -> wasmtime::Result<i32> {
    const EAGAIN: i32 = 6;
    const EIO: i32 = 29;
    let Some(Extern::Memory(memory)) = caller.get_export("memory") else { return Err(no_memory()) };
    let fuel = caller.as_context_mut().hostcall_fuel();
    let (bytes, state) = memory.data_and_store_mut(&mut caller);
    let mut bytes = GuestMemory::Unshared(bytes);
    state.wasi.set_hostcall_fuel(fuel);
    let errno = preview1::fd_read(&mut state.wasi, &mut bytes, fd, iovs, count, read).await?;
    Ok(if errno == EIO && state.stdin.take_refused() { EAGAIN } else { errno })
}

/// WASI's `fd_allocate`, which wasmtime-wasi does not support: the file is made as long as asked for, if it is shorter.
async fn fd_allocate(
    mut caller: Caller<'_, HostState>,
    (fd, offset, length): (i32, i64, i64),
) -> wasmtime::Result<i32> {
    const FILE_TOO_BIG: i32 = 22;
    const NOT_SUPPORTED: i32 = 58;
    const SIZE_IN_FILESTAT: u32 = 32;
    let wasi = &mut caller.data_mut().wasi;
    let mut filestat = [0; 64];
    let mut memory = GuestMemory::Unshared(&mut filestat);
    // It does find out whether `fd` is a file.
    let errno = preview1::fd_allocate(wasi, &mut memory, fd, offset, length)?;
    if errno != NOT_SUPPORTED {
        return Ok(errno);
    }
    let errno = preview1::fd_filestat_get(wasi, &mut memory, fd, 0).await?;
    if errno != 0 {
        return Ok(errno);
    }
    let size: u64 = memory.read(GuestPtr::new(SIZE_IN_FILESTAT))?;
    let Some(wanted) = offset.cast_unsigned().checked_add(length.cast_unsigned()) else {
        return Ok(FILE_TOO_BIG);
    };
    if size >= wanted {
        return Ok(0);
    }
    preview1::fd_filestat_set_size(wasi, &mut memory, fd, wanted.cast_signed()).await
}

/// The refusal of a guest that calls WASI without a memory.
pub(super) fn no_memory() -> wasmtime::Error {
    wasmtime::format_err!("a guest that uses WASI must export its memory")
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

/// Whether WASI preview1 has a function of this name.
pub fn is_wasi(module: &str, name: &str) -> bool {
    module == WASI && WASI_NAMES.contains(&name)
}

const WASI_NAMES: [&str; 46] = [
    "args_get",
    "args_sizes_get",
    "clock_res_get",
    "clock_time_get",
    "environ_get",
    "environ_sizes_get",
    "fd_advise",
    "fd_allocate",
    "fd_close",
    "fd_datasync",
    "fd_fdstat_get",
    "fd_fdstat_set_flags",
    "fd_fdstat_set_rights",
    "fd_filestat_get",
    "fd_filestat_set_size",
    "fd_filestat_set_times",
    "fd_pread",
    "fd_prestat_dir_name",
    "fd_prestat_get",
    "fd_pwrite",
    "fd_read",
    "fd_readdir",
    "fd_renumber",
    "fd_seek",
    "fd_sync",
    "fd_tell",
    "fd_write",
    "path_create_directory",
    "path_filestat_get",
    "path_filestat_set_times",
    "path_link",
    "path_open",
    "path_readlink",
    "path_remove_directory",
    "path_rename",
    "path_symlink",
    "path_unlink_file",
    "poll_oneoff",
    "proc_exit",
    "proc_raise",
    "random_get",
    "sched_yield",
    "sock_accept",
    "sock_recv",
    "sock_send",
    "sock_shutdown",
];
