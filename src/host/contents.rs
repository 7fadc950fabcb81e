//! What is in one memory is moved into another.
#![expect(unsafe_code, reason = "the system gives pages of one memory to another")]

use wasmtime::{Memory, Store};

/// By how much memory is compared and copied: a page of most systems. What is the same stays shared with other instances.
const PAGE: usize = 4096;
/// By how much memories grow.
const WASM_PAGE: usize = 1 << 16;

/// Makes the memory `to` in `new` what `from` in `old` is, in which nothing is left to rely on. Both are of the same size, and new ones have
/// data up to `data_end`.
pub(super) fn move_contents<T>(
    (old, from): (&mut Store<T>, Memory),
    (new, to): (&mut Store<T>, Memory),
    data_end: usize,
) {
    let (from, to) = (from.data_mut(old), to.data_mut(new));
    // Pages with data are of a file that instances share; the others are the instance's own.
    let own = data_end.checked_next_multiple_of(WASM_PAGE).map_or(from.len(), |own| own.min(from.len()));
    // SAFETY: both are of wasm memories, from the beginning of a page of theirs to the end of their last, and without data.
    let taken = unsafe { hand_over(&mut from[own..], &mut to[own..]) };
    let copied = if taken { own } else { from.len() };
    let pages = from[..copied].chunks(PAGE).zip(to[..copied].chunks_mut(PAGE));
    for (from, to) in pages.filter(|(from, to)| from != to) {
        to.copy_from_slice(from);
    }
}

/// Has the system give the pages of `from` to `to`, which costs next to nothing however many they are. Gives whether it did; then `from` is
/// all zeros.
///
/// # Safety
/// Each is whole pages of one private anonymous mapping that is read and written. A wasm memory is such, as `engine` configures them, but
/// for the pages with data: wasmtime maps all it can ever have at once, and as it grows makes more of that accessible.
#[cfg(target_os = "linux")]
unsafe fn hand_over(from: &mut [u8], to: &mut [u8]) -> bool {
    use rustix::mm::{MremapFlags, mremap_fixed};
    // `from` stays mapped, so that nobody else is given its addresses: they belong to wasmtime until the store is dropped.
    let flags = MremapFlags::MAYMOVE | MremapFlags::DONTUNMAP;
    let (size, from, to) = (from.len(), from.as_mut_ptr().cast(), to.as_mut_ptr().cast());
    // SAFETY: both are borrowed here alone. What was in `to` is lost, as when it is written. As each is one mapping, all is given
    // or nothing.
    unsafe { mremap_fixed(from, size, size, flags, to) }.is_ok()
}

/// Elsewhere there is no such way.
#[cfg(not(target_os = "linux"))]
unsafe fn hand_over(_: &mut [u8], _: &mut [u8]) -> bool {
    false
}
