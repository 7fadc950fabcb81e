//! Numbers of things as WebAssembly writes them.

/// A number of things in a module, which are never more than an index can count.
pub(super) fn index(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
