//! Address space, of which there is plenty, unless somebody limited it.
//!
//! A linear memory reserves the 4 GiB that it can ever have, and a guard behind them, so that it never moves and no access
//! of it needs a check. That costs nothing but addresses. Under a limit for those (`ulimit -v`, some batch systems) not even
//! one memory may fit: there, memories reserve little, move when they outgrow it, and accesses are checked. The machine code
//! differs, and wasmtime keeps the two apart by the key of what is compiled.

use wasmtime::Config;

use crate::error::Error;

/// With less than this, memories are economical: it is what 256 generous ones take.
const PLENTY: u64 = 1 << 40;
/// What an economical memory reserves to begin with, and ahead when it moves.
const RESERVATION: u64 = 64 << 20;
/// The guard behind an economical memory.
const GUARD: u64 = 1 << 16;

/// The address space that this process may have, in bytes, if that is limited.
fn limit() -> Option<u64> {
    #[cfg(unix)]
    return rustix::process::getrlimit(rustix::process::Resource::As).current;
    #[cfg(not(unix))]
    None
}

/// Whether addresses are scarce, so that memories move when they grow.
pub fn is_scarce() -> bool {
    limit().is_some_and(|bytes| bytes < PLENTY)
}

/// Makes memories economical where addresses are scarce.
pub fn economise(config: &mut Config) {
    if is_scarce() {
        config
            .memory_reservation(RESERVATION)
            .memory_reservation_for_growth(RESERVATION)
            .memory_guard_size(GUARD)
            .gc_heap_reservation(RESERVATION)
            .gc_heap_reservation_for_growth(RESERVATION)
            .gc_heap_guard_size(GUARD);
    }
}

/// Whether what went wrong is that the system gave no memory.
pub fn is_exhausted(error: &wasmtime::Error) -> bool {
    #[cfg(unix)]
    return error.downcast_ref() == Some(&rustix::io::Errno::NOMEM);
    #[cfg(not(unix))]
    {
        let _ = error;
        false
    }
}

/// The error for that.
pub fn exhausted(error: &wasmtime::Error) -> Error {
    let advice = match limit() {
        Some(bytes) => format!(
            "the process may have {} MiB of address space (ulimit -v): raise that limit, or have fewer instances",
            bytes >> 20
        ),
        None => "the system has no more memory, or mappings (vm.max_map_count): have fewer instances".into(),
    };
    Error::Limit { limit: "memory", message: format!("no memory for another instance: {advice} ({error:#})") }
}
