//! The custom section that tells the Haskell types of a module's exports: JSON, so that any tool can
//! read it. `docs/compiling.md` describes it; `lib/declarations.js` reads it.

use serde_json::{Value, json};

use super::options::ExportDecl;
use crate::error::{Error, Result};

/// The section's name.
pub const EXPORTS_SECTION: &str = "hs_wasm_exports";

/// Changes when readers of earlier versions would misunderstand.
const VERSION: u32 = 1;

/// Appends the section to a module; nothing for a module that declares no export.
pub(crate) fn append(wasm: &mut Vec<u8>, exports: &[ExportDecl]) -> Result<()> {
    if exports.is_empty() {
        return Ok(());
    }
    let mut declared = serde_json::to_value(exports).map_err(|cause| Error::Internal(cause.to_string()))?;
    for export in declared.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        // The same sources make the same module wherever they are.
        export.retain(|field, value| !matches!(field.as_str(), "file" | "line") && !value.is_null());
    }
    let json = json!({ "version": VERSION, "exports": declared }).to_string();
    let mut content = leb128(EXPORTS_SECTION.len());
    content.extend_from_slice(EXPORTS_SECTION.as_bytes());
    content.extend(json.into_bytes());
    wasm.push(0); // A custom section.
    wasm.extend(leb128(content.len()));
    wasm.extend(content);
    Ok(())
}

/// A number as wasm writes it, seven bits a byte.
fn leb128(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(number & 0x7f).unwrap_or_default();
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use wasmparser::{Parser, Payload};

    use super::{EXPORTS_SECTION, append, leb128};
    use crate::compiler::options::ExportDecl;

    #[test]
    fn a_module_with_the_section_is_a_module() {
        let mut wasm = wat::parse_str("(module (func (export \"f\")))").unwrap();
        let plain = wasm.clone();
        append(&mut wasm, &[]).unwrap();
        assert_eq!(wasm, plain);
        let export = ExportDecl { name: "f".into(), doc: Some("x".repeat(200)), ..ExportDecl::default() };
        append(&mut wasm, &[export]).unwrap();
        let custom = Parser::new(0).parse_all(&wasm).find_map(|payload| match payload.unwrap() {
            Payload::CustomSection(section) => Some((section.name().to_owned(), section.data().to_owned())),
            _ => None,
        });
        let (name, data) = custom.unwrap();
        assert_eq!(name, EXPORTS_SECTION);
        let json: serde_json::Value = serde_json::from_slice(&data).unwrap();
        assert_eq!((&json["version"], &json["exports"][0]["name"]), (&1.into(), &"f".into()));
        assert_eq!(leb128(300), [0xac, 2]);
    }
}
