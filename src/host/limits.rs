//! The bounds of one instance: memory in bytes, elements of tables.

use std::sync::Arc;

use wasmtime::ResourceLimiter;

use super::control::Control;

/// The most elements a table may have, as with V8. Bounds how long an operation on a table may take.
pub const MOST_ELEMENTS: usize = 10_000_000;

/// What an instance may take. Remembers whether it was refused, so that what the guest makes of the
/// refusal (a heap overflow, a trap) can be told as what it is.
#[derive(Debug)]
pub struct Limits {
    /// The most bytes a linear memory may have.
    pub memory_bytes: usize,
    /// Whether the guest asked for more.
    pub memory_refused: bool,
    /// Who is told how large the memory is: [`super::guest::GuestInstance::new`] knows whether there is only one.
    pub(super) report: Option<Arc<Control>>,
    /// How large it was before it last grew.
    before: usize,
    /// Whether a memory was to grow since somebody looked.
    pub(super) grown: bool,
}

impl Limits {
    /// Bounds with `memory_bytes` for the linear memory, or none but wasm32's own 4 GiB.
    pub fn new(memory_bytes: Option<usize>) -> Self {
        Self {
            memory_bytes: memory_bytes.unwrap_or(usize::MAX),
            memory_refused: false,
            report: None,
            before: 0,
            grown: false,
        }
    }
}

impl ResourceLimiter for Limits {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let fits = desired <= self.memory_bytes;
        self.grown = true;
        self.memory_refused |= !fits;
        if let Some(control) = self.report.as_ref().filter(|_| fits) {
            self.before = current;
            control.set_memory_bytes(desired);
        }
        Ok(fits)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        if let Some(control) = &self.report {
            control.set_memory_bytes(self.before);
        }
        Ok(())
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= MOST_ELEMENTS)
    }
}
