//! The bounds of one instance: memory in bytes.

use wasmtime::ResourceLimiter;

/// What an instance may take. Remembers whether it was refused, so that what the guest makes of the
/// refusal (a heap overflow, a trap) can be told as what it is.
#[derive(Debug)]
pub struct Limits {
    /// The most bytes a linear memory may have.
    pub memory_bytes: usize,
    /// Whether the guest asked for more.
    pub memory_refused: bool,
}

impl Limits {
    /// Bounds with `memory_bytes` for the linear memory, or none but wasm32's own 4 GiB.
    pub fn new(memory_bytes: Option<usize>) -> Self {
        Self { memory_bytes: memory_bytes.unwrap_or(usize::MAX), memory_refused: false }
    }
}

impl ResourceLimiter for Limits {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let fits = desired <= self.memory_bytes;
        self.memory_refused |= !fits;
        Ok(fits)
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(true)
    }
}
