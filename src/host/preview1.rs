//! WASI preview1 by name.

use wasmtime::{Caller, Extern, Memory};

/// The name of its import module.
pub const WASI: &str = "wasi_snapshot_preview1";

/// The memory of a guest that calls it.
pub(super) fn memory<T>(caller: &mut Caller<'_, T>) -> wasmtime::Result<Memory> {
    let memory = caller.get_export("memory").and_then(Extern::into_memory);
    memory.ok_or_else(|| wasmtime::format_err!("a guest that uses WASI must export its memory"))
}

/// Whether it has a function of this name.
pub fn is_wasi(module: &str, name: &str) -> bool {
    module == WASI && NAMES.contains(&name)
}

/// Those that only say what the guest was given, or what time it is.
pub(super) const ANSWERS: [&str; 6] =
    ["args_get", "args_sizes_get", "clock_res_get", "clock_time_get", "environ_get", "environ_sizes_get"];

/// Whether the function may print, or wait.
pub fn may_print(module: &str, name: &str) -> bool {
    module == WASI && !ANSWERS.contains(&name) && name != "random_get"
}

const NAMES: [&str; 46] = [
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
