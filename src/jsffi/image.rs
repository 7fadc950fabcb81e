//! What is in a module's memory from the beginning.

use wasmparser::{DataKind, Operator, Parser, Payload, Result};

/// Segments of data and where they are.
#[derive(Debug, Default)]
pub(super) struct Image<'a>(Vec<(u32, &'a [u8])>);

impl<'a> Image<'a> {
    /// Of the file `wasm`.
    pub(super) fn read(wasm: &'a [u8]) -> Result<Self> {
        let mut image = Self::default();
        for payload in Parser::new(0).parse_all(wasm) {
            let Payload::DataSection(section) = payload? else { continue };
            for segment in section {
                let segment = segment?;
                let DataKind::Active { offset_expr, .. } = segment.kind else { continue };
                if let Operator::I32Const { value } = offset_expr.get_operators_reader().read()? {
                    image.0.push((value.cast_unsigned(), segment.data));
                }
            }
        }
        Ok(image)
    }

    /// So many bytes at an address, if they are all there.
    pub(super) fn bytes(&self, address: u32, length: u32) -> Option<&'a [u8]> {
        self.from(address)?.get(..length as usize)
    }

    /// The word at an address.
    pub(super) fn word(&self, address: u32) -> Option<u32> {
        self.bytes(address, 4)?.try_into().ok().map(u32::from_le_bytes)
    }

    /// The text at an address, which ends with a NUL.
    pub(super) fn text(&self, address: u32) -> Option<&'a str> {
        let bytes = self.from(address)?;
        std::str::from_utf8(&bytes[..bytes.iter().position(|byte| *byte == 0)?]).ok()
    }

    /// The addresses at which words may be.
    pub(super) fn words(&self) -> impl Iterator<Item = u32> {
        self.0.iter().flat_map(|(begin, bytes)| {
            let end = begin + u32::try_from(bytes.len()).unwrap_or_default();
            (begin.next_multiple_of(4)..end).step_by(4)
        })
    }

    /// What is from an address to the end of its segment.
    fn from(&self, address: u32) -> Option<&'a [u8]> {
        let within = |(begin, bytes): &(u32, &'a [u8])| bytes.get(address.checked_sub(*begin)? as usize..);
        // At the end of one there is nothing, but another may begin.
        self.0.iter().filter_map(within).find(|rest| !rest.is_empty())
    }
}
