//! The imports that every guest may have: WASI preview1, with our corrections.

use once_cell::sync::Lazy;
use wasmtime::{Caller, Extern, Linker};
use wasmtime_wasi::p1::wasi_snapshot_preview1 as preview1;
use wasmtime_wasi::{I32Exit, p1};
use wiggle::GuestMemory;

use super::engine::engine;
use super::state::HostState;

/// The name of WASI preview1's import module.
pub const WASI: &str = "wasi_snapshot_preview1";

static BASE: Lazy<Linker<HostState>> = Lazy::new(|| {
    let mut linker = Linker::new(engine());
    p1::add_to_linker_async(&mut linker, |state: &mut HostState| &mut state.wasi)
        .and_then(|()| {
            linker.allow_shadowing(true);
            // wasmtime-wasi calls exit codes from 126 on an error; they are exit codes like the others.
            linker.func_wrap(WASI, "proc_exit", |code: i32| -> wasmtime::Result<()> {
                Err(I32Exit(code).into())
            })?;
            linker.func_wrap_async(WASI, "fd_read", |caller, args| Box::new(fd_read(caller, args)))?;
            linker.allow_shadowing(false);
            Ok(())
        })
        .expect("the names are constant and distinct");
    linker
});

/// WASI's `fd_read`, but a read of stdin that would wait says so: wasmtime-wasi has no word for that and calls it an
/// I/O error. See Note [Stdin of a reactor] in [`super::stdio`].
async fn fd_read(
    mut caller: Caller<'_, HostState>,
    (fd, iovs, count, read): (i32, i32, i32, i32),
) -> wasmtime::Result<i32> {
    const EAGAIN: i32 = 6;
    const EIO: i32 = 29;
    let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
        return Err(wasmtime::format_err!("a guest that uses WASI must export its memory"));
    };
    let (bytes, state) = memory.data_and_store_mut(&mut caller);
    let mut bytes = GuestMemory::Unshared(bytes);
    let errno = preview1::fd_read(&mut state.wasi, &mut bytes, fd, iovs, count, read).await?;
    Ok(if errno == EIO && state.stdin.take_refused() { EAGAIN } else { errno })
}

/// A linker that knows WASI.
pub fn base() -> Linker<HostState> {
    BASE.clone()
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
