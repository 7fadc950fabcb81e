//! A record of the section joined with the import that uses it.

use serde::Serialize;

use super::section::{JSFFI, Record};
use crate::error::{Error, Result};
use crate::host::inspect::{Import, Signature, Type};

/// A JavaScript function that the module imports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Snippet {
    /// Name of the import.
    pub name: String,
    /// The arrow function's parameters.
    pub binder: String,
    /// The text as it was written.
    pub body: String,
    /// Whether the binder is `async`: the result is a promise, and the guest may be re-entered.
    pub is_async: bool,
    /// Its type.
    #[serde(flatten)]
    pub signature: Signature,
}

impl Snippet {
    /// The texts of the arrow function to try, in this order: a body is one expression, or statements.
    /// The first that parses is meant (as in GHC's `post-link.mjs`).
    pub fn forms(&self) -> [String; 2] {
        let Self { binder, body, .. } = self;
        [format!("{binder} => ({body})"), format!("{binder} => {{{body}}}")]
    }

    /// Whether it may be called with a `JSVal` that was freed, and does nothing then: what GHC 9.14's `freeJSVal` calls
    /// first, also when it is called once more.
    pub fn forgives_freed(&self) -> bool {
        self.body.starts_with("try { __ghc_wasm_jsffi_finalization_registry.unregister($1)")
            && self.signature.results.is_empty()
    }
}

/// Joins the imports from `ghc_wasm_jsffi` that are snippets with their records. Of two records with one
/// name the last counts, as in GHC's post-linker.
///
/// # Errors
/// [`Error::UnknownImport`] for an import without a record; [`Error::InvalidModule`] for a type that JavaScript
/// cannot serve.
pub fn join(imports: &[&Import], records: &[Record]) -> Result<Vec<Snippet>> {
    let snippet = |import: &&Import| {
        let record = records.iter().rev().find(|record| record.name == import.name).ok_or_else(|| {
            Error::UnknownImport(format!(
                "the module imports {JSFFI}.{} but its custom section {JSFFI} has no such record; a tool that ran \
                 after the linker has probably dropped the section (it must be kept: \
                 -optl-Wl,--keep-section={JSFFI})",
                import.name
            ))
        })?;
        let signature = import.signature.clone().unwrap_or_default();
        let crosses = |ty: &Type| *ty != Type::Other;
        let all = signature.params.iter().chain(&signature.results);
        if signature.results.len() > 1 || !all.clone().all(crosses) {
            return Err(Error::InvalidModule(format!(
                "the import {JSFFI}.{} has a type that cannot cross to JavaScript: {signature:?}",
                import.name
            )));
        }
        Ok(Snippet {
            name: record.name.clone(),
            binder: record.binder.clone(),
            body: record.body.clone(),
            is_async: record.binder.starts_with("async"),
            signature,
        })
    };
    imports.iter().map(snippet).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: &str, binder: &str, body: &str) -> Record {
        Record { name: name.into(), binder: binder.into(), body: body.into() }
    }

    fn import(name: &str, results: Vec<Type>) -> Import {
        let signature = Signature { params: vec![Type::I32], results };
        Import { module: JSFFI.into(), name: name.into(), signature: Some(signature) }
    }

    #[test]
    fn only_imported_records_become_snippets_and_the_last_of_a_name_counts() {
        let records = [record("a", "($1)", "1"), record("dead", "()", "2"), record("a", "async ($1)", "3")];
        let snippets = join(&[&import("a", vec![Type::ExternRef])], &records).expect("joined");
        assert_eq!(snippets.len(), 1);
        assert!(snippets[0].is_async);
        assert_eq!(snippets[0].forms(), ["async ($1) => (3)", "async ($1) => {3}"]);
    }

    #[test]
    fn only_the_unregistering_of_newer_ghcs_forgives_a_freed_jsval() {
        let newer = "try { __ghc_wasm_jsffi_finalization_registry.unregister($1); } catch {}";
        let older = "if (!__ghc_wasm_jsffi_finalization_registry.unregister($1)) { throw 0; }";
        for (body, forgives) in [(newer, true), (older, false), ("try { $1() } catch {}", false)] {
            let snippets = join(&[&import("a", vec![])], &[record("a", "($1)", body)]).expect("joined");
            assert_eq!(snippets[0].forgives_freed(), forgives, "{body}");
        }
    }

    #[test]
    fn an_import_without_record_is_named() {
        let error = join(&[&import("ZC1ZC", vec![])], &[]).expect_err("unknown");
        assert_eq!(error.code(), "ERR_HS_UNKNOWN_IMPORT");
        assert!(error.to_string().contains("ZC1ZC"));
    }

    #[test]
    fn a_type_that_cannot_cross_is_refused() {
        let error = join(&[&import("a", vec![Type::Other])], &[record("a", "()", "")]).expect_err("refused");
        assert_eq!(error.code(), "ERR_HS_INVALID_MODULE");
    }
}
