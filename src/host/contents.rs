//! What is in one memory is moved into another.
#![expect(unsafe_code, reason = "the system gives pages of one memory to another")]

use wasmtime::{Memory, Store};

/// By how much memory is compared and copied: a page of most systems. What is the same stays shared with other instances.
pub(super) const PAGE: usize = 4096;
/// By how much memories grow.
pub(super) const WASM_PAGE: usize = 1 << 16;

/// What is mapped in a memory besides its own pages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mapped {
    /// New memories have data up to here, of a file that instances share.
    pub(super) data_end: usize,
    /// So much of the memory that is moved is a snapshot, with all data; nothing if it never was.
    pub(super) bytes: usize,
}

/// Makes the memory `to` in `new` what `from` in `old` is, in which nothing is left to rely on. Both are of the same size.
pub(super) fn move_contents<T>(
    (old, from): (&mut Store<T>, Memory),
    (new, to): (&mut Store<T>, Memory),
    Mapped { data_end, bytes }: Mapped,
) {
    let (from, to) = (from.data_mut(old), to.data_mut(new));
    // Pages with data are of a file that instances share; the others are the instance's own.
    let own = data_end.checked_next_multiple_of(WASM_PAGE).map_or(from.len(), |own| own.min(from.len()));
    let mappings = if bytes == 0 { [own..from.len(), 0..0] } else { [0..bytes, bytes..from.len()] };
    copy(&from[..mappings[0].start], &mut to[..mappings[0].start]);
    for mapping in mappings.into_iter().filter(|mapping| !mapping.is_empty()) {
        let (from, to) = (&mut from[mapping.clone()], &mut to[mapping]);
        // SAFETY: both are of wasm memories, from the beginning of a page of theirs to the end of one, and behind data or with all
        // that was mapped over them.
        if !unsafe { hand_over(from, to) } {
            copy(from, to);
        }
    }
}

/// Where the pages of two memories begin that differ, as far as both go.
pub(super) fn differing(first: &[u8], second: &[u8]) -> impl Iterator<Item = usize> {
    let pages = first.chunks(PAGE).zip(second.chunks(PAGE)).enumerate();
    pages.filter(|(_, (first, second))| first != second).map(|(page, _)| page * PAGE)
}

fn copy(from: &[u8], to: &mut [u8]) {
    let pages = from.chunks(PAGE).zip(to.chunks_mut(PAGE));
    for (from, to) in pages.filter(|(from, to)| from != to) {
        to.copy_from_slice(from);
    }
}

/// Has the system give the pages of `from` to `to`, which costs next to nothing however many they are. Gives whether it did; then `from` is
/// as it was when it was mapped.
///
/// # Safety
/// Each is whole pages of private mappings that are read and written, and that nobody relies on to be anonymous. A wasm memory is such, as
/// `engine` configures them: wasmtime maps all it can ever have at once, as it grows makes more of that accessible, and at the
/// end unmaps all of it.
#[cfg(target_os = "linux")]
unsafe fn hand_over(from: &mut [u8], to: &mut [u8]) -> bool {
    use rustix::mm::{MremapFlags, mremap_fixed};
    // `from` stays mapped, so that nobody else is given its addresses: they belong to wasmtime until the store is dropped.
    let flags = MremapFlags::MAYMOVE | MremapFlags::DONTUNMAP;
    let (size, from, to) = (from.len(), from.as_mut_ptr().cast(), to.as_mut_ptr().cast());
    // SAFETY: both are borrowed here alone. What was in `to` is lost, as when it is written. If `from` is several mappings, nothing is
    // given.
    unsafe { mremap_fixed(from, size, size, flags, to) }.is_ok()
}

/// Elsewhere there is no such way.
#[cfg(not(target_os = "linux"))]
unsafe fn hand_over(_: &mut [u8], _: &mut [u8]) -> bool {
    false
}
