//! Functions of WASI preview1 that are ours, or wasmtime-wasi's with corrections.

use std::time::{SystemTime, UNIX_EPOCH};

use wasmtime::{AsContextMut, Caller};
use wasmtime_wasi::p1::wasi_snapshot_preview1::{self as preview1, WasiSnapshotPreview1};
use wiggle::{GuestMemory, GuestPtr};

use super::clock::nanoseconds;
use super::preview1::memory;
use super::state::HostState;

/// WASI's numbers of the clocks.
const REALTIME: i32 = 0;
const MONOTONIC: i32 = 1;

/// WASI's `clock_time_get`, which GHC's runtime calls whenever it is entered: a fraction of the time that wasmtime-wasi's takes,
/// to which everything is left that is not as usual.
pub(super) fn clock_time_get(
    mut caller: Caller<'_, HostState>,
    id: i32,
    precision: i64,
    at: i32,
) -> wasmtime::Result<i32> {
    let state = caller.data();
    let time = match (id, &state.clock) {
        (MONOTONIC, _) => Some(state.now()),
        (REALTIME, None) => SystemTime::now().duration_since(UNIX_EPOCH).ok().map(nanoseconds),
        _ => None,
    };
    let place = at.cast_unsigned() as usize;
    if let (Some(time), Some(memory), 0) = (time, state.memory, place % align_of::<u64>())
        && memory.write(&mut caller, place, &time.to_le_bytes()).is_ok()
    {
        return Ok(0);
    }
    let memory = memory(&mut caller)?;
    let (bytes, state) = memory.data_and_store_mut(&mut caller);
    preview1::clock_time_get(&mut state.wasi, &mut GuestMemory::Unshared(bytes), id, precision, at)
}

/// WASI's `fd_read`, but a read of stdin that would wait says so: wasmtime-wasi has no word for that and calls it an
/// I/O error. See Note [Stdin of a reactor] in [`super::stdio`].
pub(super) async fn fd_read(
    mut caller: Caller<'_, HostState>,
    (fd, iovs, count, read): (i32, i32, i32, i32),
) -> wasmtime::Result<i32> {
    const EAGAIN: i32 = 6;
    const EIO: i32 = 29;
    let memory = memory(&mut caller)?;
    let fuel = caller.as_context_mut().hostcall_fuel();
    let (bytes, state) = memory.data_and_store_mut(&mut caller);
    let mut bytes = GuestMemory::Unshared(bytes);
    state.wasi.set_hostcall_fuel(fuel);
    let errno = preview1::fd_read(&mut state.wasi, &mut bytes, fd, iovs, count, read).await?;
    Ok(if errno == EIO && state.stdin.take_refused() { EAGAIN } else { errno })
}

/// WASI's `fd_allocate`, which wasmtime-wasi does not support: the file is made as long as asked for, if it is shorter.
pub(super) async fn fd_allocate(
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
