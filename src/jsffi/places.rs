//! Where in Haskell's source the code of a function is, for modules that were compiled with `-finfo-table-map`.
//!
//! GHC then writes a list node for each module into the data (`IpeBufferListNode` of `rts/include/rts/IPE.h`): the addresses of info tables,
//! for each an entry with offsets of texts, and the texts. A constructor registers the node when the program starts; nothing names
//! it. But it is unlike anything else: its sizes and pointers have to agree with each other. GHC 9.10's form and later ones' is read;
//! another, and texts that are compressed, tell nothing.

use std::collections::HashMap;

use super::image::Image;
use crate::host::functions::Functions;

/// `IpeBufferListNode`: next, compressed, count, tables, entries, size of entries, texts, size of texts, unit, module.
const NODE_WORDS: u32 = 10;
/// `IpeBufferEntry`: name of the table, kind of closure, type, label, file, span.
const ENTRY_BYTES: u32 = 24;
const FILE: u32 = 16;
const SPAN: u32 = 20;

/// The places of functions as `File.hs:12:5-20`.
pub(super) fn places(wasm: &[u8], functions: &Functions) -> HashMap<u32, String> {
    let Ok(image) = Image::read(wasm) else { return HashMap::new() };
    let mut places = HashMap::new();
    for node in image.words().filter_map(|address| Node::at(&image, address)) {
        for number in 0..node.count {
            let function = image.word(node.tables + 4 * number).and_then(|info| image.word(info));
            let function = function.and_then(|place| functions.in_table(place));
            if let (Some((function, _)), Some(place)) = (function, node.place(&image, number)) {
                places.entry(function).or_insert(place);
            }
        }
    }
    places
}

struct Node {
    count: u32,
    tables: u32,
    entries: u32,
    texts: u32,
}

impl Node {
    /// The node at an address, if there is one.
    fn at(image: &Image<'_>, address: u32) -> Option<Self> {
        let mut words = [0; NODE_WORDS as usize];
        for (word, at) in words.iter_mut().zip((address..).step_by(4)) {
            *word = image.word(at)?;
        }
        let [next, compressed, count, tables, entries, entries_size, texts, size, unit, module] = words;
        let agrees = next == 0
            && compressed == 0
            && count > 0
            && count.checked_mul(ENTRY_BYTES) == Some(entries_size)
            && unit < size
            && module < size;
        let is_there = |begin: u32, bytes: u32| image.bytes(begin, bytes).is_some();
        let is_node =
            agrees && is_there(tables, 4 * count) && is_there(entries, entries_size) && is_there(texts, size);
        is_node.then_some(Self { count, tables, entries, texts })
    }

    fn place(&self, image: &Image<'_>, number: u32) -> Option<String> {
        let text = |field| {
            let offset = image.word(self.entries + ENTRY_BYTES * number + field)?;
            image.text(self.texts.checked_add(offset)?).filter(|text| !text.is_empty())
        };
        Some(format!("{}:{}", text(FILE)?, text(SPAN)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_tells_where_its_tables_code_is() {
        // Texts at 16, one entry at 64, the tables at 96, the info table at 100, the node at 104.
        let text = r#"(module (memory 1) (table 3 funcref) (elem (i32.const 1) $f $g) (func $f) (func $g)
            (data (i32.const 16) "\00main\00A.hs\003:1-9\00")
            (data (i32.const 64) "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\06\00\00\00\0b\00\00\00")
            (data (i32.const 96) "\64\00\00\00\02\00\00\00")
            (data (i32.const 104) "\00\00\00\00\00\00\00\00\01\00\00\00\60\00\00\00\40\00\00\00\18\00\00\00\10\00\00\00\11\00\00\00\01\00\00\00\01\00\00\00"))"#;
        let wasm = wat::parse_str(text).expect("valid text");
        let places = places(&wasm, &Functions::of(&wasm));
        assert_eq!(places, HashMap::from([(1, "A.hs:3:1-9".to_owned())]));
    }
}
