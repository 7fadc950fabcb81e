//! What a module's code is made of: bytes by package and Haskell module.
//!
//! Only GHC's exported symbols name their module. Local ones (`_blk_…`, `s4s10_entry`) follow or precede them in the
//! order of the file, since the linker keeps the code of one object together: each counts for the module of the
//! last symbol before it that has one. At the border of two objects some labels are thus counted for the
//! neighbour; the sum is exact.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::error::Result;
use crate::host::sizes::{Function, Sizes, sizes};
use crate::zdecode::Symbol;

/// How many functions are listed for each module.
const LISTED: usize = 12;

/// The package under which functions stand that are not GHC's: the runtime system in C, and libc.
pub const C_CODE: &str = "C";

/// A module's sizes, in bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The whole file.
    pub bytes: usize,
    /// Its sections, in the order of the file.
    pub sections: Vec<Part>,
    /// Code by package, the largest first.
    pub packages: Vec<Package>,
}

/// A named number of bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Of a section or function.
    pub name: String,
    /// Its bytes.
    pub bytes: usize,
}

/// The code of a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Package {
    /// Such as `ghc-internal`; `main` is the program itself, and [`C_CODE`] what is not Haskell.
    pub name: String,
    /// The sum of its modules.
    pub bytes: usize,
    /// The largest first.
    pub modules: Vec<Module>,
}

/// The code of a Haskell module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Module {
    /// Such as `Data.Map.Internal`.
    pub name: String,
    /// The sum of all its functions.
    pub bytes: usize,
    /// How many functions it has.
    pub functions: usize,
    /// The largest of them.
    pub largest: Vec<Part>,
}

/// Reads the sizes of `wasm`.
///
/// # Errors
/// [`crate::error::Error::InvalidModule`] if it is broken.
pub fn report(wasm: &[u8]) -> Result<Report> {
    let Sizes { sections, functions } = sizes(wasm)?;
    let sections =
        sections.into_iter().map(|section| Part { name: section.name, bytes: section.bytes }).collect();
    Ok(Report { bytes: wasm.len(), sections, packages: packages(&functions) })
}

type Owner = (String, String);

fn packages(functions: &[Function]) -> Vec<Package> {
    let mut modules: BTreeMap<Owner, Vec<Part>> = BTreeMap::new();
    let mut last: Option<Owner> = None;
    for Function { name, bytes } in functions {
        let symbol = Symbol::parse(name);
        let (owner, shown) = match symbol {
            Some(symbol) => {
                let owner = (symbol.unit, symbol.module);
                last = Some(owner.clone());
                (owner, symbol.name)
            }
            None if is_local(name) => (last.clone().unwrap_or_else(c_code), name.clone()),
            None => {
                last = None;
                (c_code(), name.clone())
            }
        };
        modules.entry(owner).or_default().push(Part { name: shown, bytes: *bytes });
    }
    let mut packages: BTreeMap<String, Vec<Module>> = BTreeMap::new();
    for ((unit, name), mut parts) in modules {
        parts.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
        let (bytes, functions) = (parts.iter().map(|part| part.bytes).sum(), parts.len());
        parts.truncate(LISTED);
        packages.entry(unit).or_default().push(Module { name, bytes, functions, largest: parts });
    }
    let mut packages: Vec<Package> = packages.into_iter().map(package).collect();
    packages.sort_by_key(|package| std::cmp::Reverse(package.bytes));
    packages
}

fn package((name, mut modules): (String, Vec<Module>)) -> Package {
    modules.sort_by_key(|module| std::cmp::Reverse(module.bytes));
    Package { name, bytes: modules.iter().map(|module| module.bytes).sum(), modules }
}

fn c_code() -> Owner {
    (C_CODE.into(), "runtime system and libraries in C".into())
}

/// Whether GHC made the label for itself: `_blk_c3lh`, or a letter, digits and letters, and `_entry`.
fn is_local(name: &str) -> bool {
    name.starts_with("_blk_")
        || ["_entry", "_info", "_ret", "_slow", "_con_entry"].iter().any(|suffix| {
            name.strip_suffix(suffix).is_some_and(|stem| !stem.contains('_') && !stem.starts_with("stg"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_labels_count_for_the_module_before_them() {
        let function = |name: &str, bytes| Function { name: name.into(), bytes };
        let functions = [
            function("Main_fib_entry", 10),
            function("_blk_c1", 5),
            function("base_DataziList_sort_entry", 3),
            function("s4s10_entry", 4),
            function("malloc", 100),
            function("stg_ap_v_entry", 1),
        ];
        let found: Vec<_> = packages(&functions)
            .into_iter()
            .map(|package| (package.name, package.bytes, package.modules[0].functions))
            .collect();
        let expected = [("C", 101, 2), ("main", 15, 2), ("base", 7, 2)];
        assert_eq!(found, expected.map(|(name, bytes, count)| (name.to_owned(), bytes, count)));
    }
}
