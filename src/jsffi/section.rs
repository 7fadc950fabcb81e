//! The custom section `ghc_wasm_jsffi`: NUL-terminated UTF-8 strings in threes (name, binder, body).
//!
//! Written by GHC's `importCStub` (`compiler/GHC/HsToCore/Foreign/Wasm.hs`), read there by `post-link.mjs`,
//! which ignores a cut-off end; here that is an error, because a snippet would be missing.

use crate::error::{Error, Result};

/// Name of the custom section and of the import module.
pub const JSFFI: &str = "ghc_wasm_jsffi";

/// One record of the section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Name of the import that runs it.
    pub name: String,
    /// `($1,$2)` or `async ($1,$2)`.
    pub binder: String,
    /// The JavaScript text.
    pub body: String,
}

/// Reads the sections of a module, in the order of the file.
///
/// # Errors
/// [`Error::InvalidModule`] for a section that is cut off or not UTF-8.
pub fn parse(sections: &[Vec<u8>]) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    for section in sections {
        let mut strings = Vec::new();
        for string in section.split_inclusive(|byte| *byte == 0) {
            let Some((0, text)) = string.split_last() else {
                return Err(damaged("its last string has no end", &records));
            };
            let text =
                std::str::from_utf8(text).map_err(|_| damaged("it has text that is not UTF-8", &records))?;
            strings.push(text.to_owned());
            if let [name, binder, body] = &mut strings[..] {
                let [name, binder, body] = [name, binder, body].map(std::mem::take);
                records.push(Record { name, binder, body });
                strings.clear();
            }
        }
        if !strings.is_empty() {
            return Err(damaged("its last record has fewer than three strings", &records));
        }
    }
    Ok(records)
}

fn damaged(how: &str, records: &[Record]) -> Error {
    let after =
        records.last().map_or_else(String::new, |record| format!(" after the record {}", record.name));
    Error::InvalidModule(format!(
        "the custom section {JSFFI} is damaged: {how}{after}; link the module again, and keep the section \
         when you post-process it"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_across_sections() {
        let sections =
            [b"a\0($1)\0$1 + 1\0b\0async ()\0\0".to_vec(), b"c\0()\0'\xC3\xA9'\0".to_vec(), vec![]];
        let names: Vec<_> = parse(&sections).expect("whole").into_iter().map(|record| record.name).collect();
        assert_eq!(names, ["a", "b", "c"]);
    }

    #[test]
    fn a_section_that_is_cut_off_anywhere_is_damaged() {
        let whole = b"a\0($1)\0$1 + 1\0";
        for end in 1..whole.len() {
            let error = parse(&[whole[..end].to_vec()]).expect_err("cut off");
            assert!(error.to_string().contains("damaged"), "{error}");
        }
        assert!(parse(&[b"\xFF\0()\0\0".to_vec()]).is_err());
    }
}
