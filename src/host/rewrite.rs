//! Externrefs become integer keys before compilation.
//!
//! # Note [Externrefs are keys]
//!
//! GHC's code never stores an `externref`: it passes it from one import to the next. If the type
//! `externref` (one byte, 0x6F) is replaced by `i32` (0x7F) in the types and locals of a module, the
//! module is still valid, and what passes is an integer: the key of the value in the instance's
//! [`super::keys::KeyTable`]. A JSVal made, read and freed then costs 9 ns instead of 120 to 190 (measured
//! against wasmtime's own externref), no garbage collector is needed in the host, and no byte of the
//! file moves. A module that does store externrefs (in tables or globals, or with `ref.*`) is not valid
//! after the exchange; the compiler notices.

use std::borrow::Cow;

use wasmparser::{FunctionBody, TypeSectionReader};

const EXTERNREF: u8 = 0x6F;
const I32: u8 = 0x7F;
const FUNC: u8 = 0x60;

/// A module with integers for its externrefs.
#[derive(Clone, Copy, Debug)]
pub struct Keyed<'a> {
    wasm: &'a [u8],
    /// Where the externrefs are, in the order of the file.
    externrefs: &'a [usize],
}

impl<'a> Keyed<'a> {
    /// The module `wasm`, with an `i32` at each of `externrefs`.
    pub fn new(wasm: &'a [u8], externrefs: &'a [usize]) -> Self {
        Self { wasm, externrefs }
    }

    /// Whether it differs from the file.
    pub fn is_rewritten(&self) -> bool {
        !self.externrefs.is_empty()
    }

    /// The bytes.
    pub fn bytes(&self) -> Cow<'a, [u8]> {
        if !self.is_rewritten() {
            return Cow::Borrowed(self.wasm);
        }
        let mut rewritten = self.wasm.to_vec();
        for &offset in self.externrefs {
            rewritten[offset] = I32;
        }
        Cow::Owned(rewritten)
    }
}

/// Adds the offsets of the externrefs in plain function types. Stops at the first type of another form:
/// what follows keeps its externrefs, and the module is refused when it is compiled.
pub fn externrefs_of_types(section: &TypeSectionReader<'_>, wasm: &[u8], offsets: &mut Vec<usize>) {
    let mut reader = Bytes { wasm, at: section.range().start, end: section.range().end };
    let mut read = || -> Option<()> {
        for _ in 0..reader.number()? {
            if reader.byte()? != FUNC {
                return None;
            }
            for _ in 0..2 {
                for _ in 0..reader.number()? {
                    let at = reader.at;
                    match reader.byte()? {
                        EXTERNREF => offsets.push(at),
                        0x63 | 0x64 => return None,
                        _ => {}
                    }
                }
            }
        }
        Some(())
    };
    read();
}

/// Adds the offsets of the externrefs among the locals of a function.
pub fn externrefs_of_locals(body: &FunctionBody<'_>, wasm: &[u8], offsets: &mut Vec<usize>) {
    let Ok(mut locals) = body.get_locals_reader() else { return };
    for _ in 0..locals.get_count() {
        let Ok((_, ty)) = locals.read() else { return };
        // The type is the last byte of an entry where it is one byte long.
        let at = locals.original_position() - 1;
        if matches!(ty, wasmparser::ValType::Ref(reference) if reference.is_extern_ref())
            && wasm[at] == EXTERNREF
        {
            offsets.push(at);
        }
    }
}

/// Reads a part of a file by hand, where the place of each byte matters.
pub(super) struct Bytes<'a> {
    pub wasm: &'a [u8],
    pub at: usize,
    pub end: usize,
}

impl Bytes<'_> {
    pub(super) fn byte(&mut self) -> Option<u8> {
        let byte = *self.wasm.get(self.at).filter(|_| self.at < self.end)?;
        self.at += 1;
        Some(byte)
    }

    /// An unsigned LEB128 of at most 32 bits.
    pub(super) fn number(&mut self) -> Option<u32> {
        let mut number = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= u32::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use crate::host::inspect::inspect;

    #[test]
    fn a_module_that_passes_externrefs_is_valid_with_integers_in_their_place() {
        let wasm = wat::parse_str(
            r#"(module
                (import "m" "new" (func $new (param externref) (result i32)))
                (import "m" "get" (func $get (param i32) (result externref)))
                (func (export "f") (param externref i64) (result externref) (local i32 externref f64)
                    (local.set 3 (local.get 0))
                    (call $get (call $new (local.get 3)))))"#,
        )
        .expect("valid text");
        let found = inspect(&wasm, |_| false).expect("a module");
        assert_eq!(found.externrefs.len(), 5);
        let keyed = super::Keyed::new(&wasm, &found.externrefs);
        let rewritten = keyed.bytes();
        wasmparser::validate(&rewritten).expect("still valid");
        assert!(inspect(&rewritten, |_| false).expect("a module").externrefs.is_empty());
    }
}
