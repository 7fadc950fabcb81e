//! Where code of a woven module was in the file.

use std::ops::Range;

use super::body::Origin;
use super::reader::Shape;
use super::{Known, writer};
use crate::host::tier::Tier;

/// The way back from a woven module to what it was woven from.
#[derive(Debug, Default)]
pub struct Origins {
    /// How many functions there were.
    functions: u32,
    /// Where in the file the bodies were of those that it defined; they are the last.
    old: Vec<Range<usize>>,
    /// For each body where it is in the woven module, and whence.
    bodies: Vec<(Range<usize>, Vec<Origin>)>,
}

impl Origins {
    /// For what is woven from `wasm` for `tier`.
    pub fn of(wasm: &[u8], known: &Known, tier: Tier) -> Self {
        let Ok(shape) = Shape::read(wasm, known, tier) else { return Self::default() };
        let functions = u32::try_from(shape.functions.len()).unwrap_or(u32::MAX);
        let old = shape.bodies.iter().map(wasmparser::FunctionBody::range).collect();
        let woven = writer::write(&shape).ok().flatten();
        Self { functions, old, bodies: woven.map(|woven| woven.bodies).unwrap_or_default() }
    }

    /// Whose code that of `function` at `offset` was; nobody's if it was added.
    pub fn function(&self, function: u32, offset: Option<usize>) -> Option<u32> {
        if function < self.functions {
            return Some(function);
        }
        let place = self.find(offset?)?;
        let after = self.old.partition_point(|range| range.start <= place);
        let imported = self.functions as usize - self.old.len();
        u32::try_from(imported + after.checked_sub(1)?).ok()
    }

    /// Where the code was that is at `offset` now.
    pub fn find(&self, offset: usize) -> Option<usize> {
        let after = self.bodies.partition_point(|(range, _)| range.start <= offset);
        let (range, origins) =
            self.bodies.get(after.checked_sub(1)?).filter(|(range, _)| range.contains(&offset))?;
        let at = offset - range.start;
        // What was added belongs to the instruction before it.
        let next = origins.partition_point(|origin| origin.at <= at);
        let origin = origins.get(next.saturating_sub(1))?;
        Some(origin.from + at.saturating_sub(origin.at).min(origin.length.saturating_sub(1)))
    }
}
