//! What a memory holds, kept so that other memories can begin with it and share what they do not write.
#![cfg_attr(target_os = "linux", expect(unsafe_code, reason = "the system maps it over a memory"))]

pub(super) use system::Image;

#[cfg(target_os = "linux")]
mod system {
    use std::fs::File;
    use std::io;
    use std::ops::Range;
    use std::os::unix::fs::FileExt;

    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
    use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap};

    use crate::host::contents::PAGE;

    /// What is not kept.
    const ZEROS: [u8; PAGE] = [0; PAGE];

    /// A file without a name.
    pub(in super::super) struct Image {
        file: File,
        bytes: usize,
        written: Vec<Range<usize>>,
    }

    impl Image {
        pub(in super::super) const ARE_POSSIBLE: bool = true;

        /// Of a memory of whole wasm pages, of which instances write these parts soon, in whole pages.
        pub(in super::super) fn new(memory: &[u8], written: Vec<Range<usize>>) -> io::Result<Self> {
            let file = File::from(memfd_create(
                "hs-wasm-snapshot",
                MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING,
            )?);
            file.set_len(memory.len() as u64)?;
            for (number, page) in memory.chunks(PAGE).enumerate() {
                // As one comparison: byte by byte it takes ten times as long.
                if *page != ZEROS[..page.len()] {
                    file.write_all_at(page, (number * PAGE) as u64)?;
                }
            }
            fcntl_add_seals(&file, SealFlags::SEAL | SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE)?;
            Ok(Self { file, bytes: memory.len(), written })
        }

        pub(in super::super) fn bytes(&self) -> usize {
            self.bytes
        }

        /// Makes `memory`, all of a wasm memory, hold what is kept. What was in it is lost.
        ///
        /// # Errors
        /// Of the system, which may then have taken the memory away.
        pub(in super::super) fn map(&self, memory: &mut [u8]) -> io::Result<()> {
            assert_eq!(memory.len(), self.bytes, "an image is of the whole memory");
            let (protection, flags) =
                (ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE | MapFlags::FIXED);
            // SAFETY: the memory is borrowed by us alone, and begins and ends with a page: it is mapped by itself, and is
            // read and written until wasmtime unmaps it, with all that it has reserved around it. Nobody can write the file any more.
            unsafe { mmap(memory.as_mut_ptr().cast(), self.bytes, protection, flags, &self.file, 0) }?;
            for part in &self.written {
                let part = &mut memory[part.clone()];
                // SAFETY: it is borrowed by us alone, and holds what it held. Where the system knows no such advice, nothing is lost.
                unsafe { madvise(part.as_mut_ptr().cast(), part.len(), Advice::LinuxPopulateWrite) }.ok();
            }
            Ok(())
        }
    }
}

/// Elsewhere there are none.
#[cfg(not(target_os = "linux"))]
mod system {
    use std::io;
    use std::ops::Range;

    pub(in super::super) struct Image(std::convert::Infallible);

    impl Image {
        pub(in super::super) const ARE_POSSIBLE: bool = false;

        pub(in super::super) fn new(_: &[u8], _: Vec<Range<usize>>) -> io::Result<Self> {
            Err(io::ErrorKind::Unsupported.into())
        }

        pub(in super::super) fn bytes(&self) -> usize {
            match self.0 {}
        }

        pub(in super::super) fn map(&self, _: &mut [u8]) -> io::Result<()> {
            match self.0 {}
        }
    }
}
