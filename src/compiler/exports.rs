//! The foreign exports of a linked module: those declared, held against those that are there.

use std::collections::HashSet;

use wasmparser::{Parser, Payload};

use super::explain::at_export;
use super::options::{CompileOptions, ExportDecl};
use super::plan::{MAIN_EXPORT, Plan};
use super::report::compile_error;
use super::scan::{Convention, ForeignExport};
use super::signature::{Names, ResultType, Signature, normal};
use super::sources::{Module, Project};
use super::stubs::Stub;
use crate::error::{Diagnostic, Error, Result, Severity};

/// Names that every reactor has for something else.
const TAKEN: [&str; 5] = ["memory", "_initialize", "_start", "__indirect_function_table", MAIN_EXPORT];

/// The names that a module exports.
pub(crate) fn export_names(wasm: &[u8]) -> Result<HashSet<String>> {
    let broken = |cause| Error::Internal(format!("the linker made a module that is none: {cause}"));
    let mut names = HashSet::new();
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::ExportSection(exports) = payload.map_err(broken)? {
            for export in exports {
                names.insert(export.map_err(broken)?.name.to_owned());
            }
        }
    }
    Ok(names)
}

/// The declarations behind the names of a module; in a command none is meant for callers. `stubs` gives
/// what GHC made of a module's exports.
pub(crate) fn declarations(
    project: &Project,
    plan: &Plan,
    names: &HashSet<String>,
    stubs: impl Fn(&Module) -> Vec<Stub>,
) -> Vec<ExportDecl> {
    if !matches!(plan, Plan::Reactor { .. }) {
        return Vec::new();
    }
    let mut found: Vec<ExportDecl> = Vec::new();
    for module in &project.modules {
        let stubs = if module.scan.has_exports() { stubs(module) } else { Vec::new() };
        let others = project.modules.iter().filter(|other| other.path != module.path);
        let types = Names::new(others.chain([module]).flat_map(|module| &module.scan.synonyms));
        for export in module.scan.exports.iter().filter(|export| names.contains(&export.name)) {
            let stub = stubs.iter().find(|stub| stub.name == export.name);
            found.push(declaration(module, export, stub, &types));
        }
        let is_hidden = |stub: &&Stub| {
            let is_declared = found.iter().any(|export| export.name == stub.name);
            stub.is_javascript && names.contains(&stub.name) && !is_declared && stub.name != MAIN_EXPORT
        };
        let hidden: Vec<_> = stubs.iter().filter(is_hidden).map(|stub| of_stub(module, stub)).collect();
        found.extend(hidden);
    }
    found
}

fn declaration(
    module: &Module,
    export: &ForeignExport,
    stub: Option<&Stub>,
    types: &Names<'_>,
) -> ExportDecl {
    let written = Signature::parse(&export.haskell_type, types);
    let Signature { args, result } = normal(&written, stub, types);
    let doc_of_function = || {
        let mut docs = module.scan.docs.iter();
        docs.find(|(name, _)| *name == export.haskell_name).map(|(_, doc)| doc.clone())
    };
    ExportDecl {
        name: export.name.clone(),
        module: module.scan.module_name().to_owned(),
        haskell_name: export.haskell_name.clone(),
        haskell_type: Some(export.haskell_type.clone()),
        is_async: export.convention == Convention::JavaScript && !export.is_sync,
        args,
        result,
        doc: export.doc.clone().or_else(doc_of_function),
        file: module.path.display().to_string(),
        line: Some(export.line),
    }
}

/// An export that a macro declared.
fn of_stub(module: &Module, stub: &Stub) -> ExportDecl {
    let ty = stub.result.clone().unwrap_or_default();
    ExportDecl {
        name: stub.name.clone(),
        module: module.scan.module_name().to_owned(),
        haskell_name: stub.haskell_name.clone().unwrap_or_else(|| stub.name.clone()),
        is_async: stub.is_async,
        args: stub.args.clone(),
        // Whether it is an action does not show.
        result: ResultType { io: true, ty },
        file: module.path.display().to_string(),
        ..ExportDecl::default()
    }
}

/// Declared exports that a module lacks.
pub(crate) fn missing(project: &Project, names: &HashSet<String>) -> HashSet<String> {
    declared(project).map(|(_, export)| export.name.clone()).filter(|name| !names.contains(name)).collect()
}

/// Refuses exports whose names a wasm module needs for itself, before the linker makes a broken module.
pub(crate) fn check_names(project: &Project) -> Result<()> {
    let errors: Vec<_> = declared(project)
        .filter(|(_, export)| TAKEN.contains(&export.name.as_str()))
        .map(|(module, export)| {
            let message = format!(
                "the export cannot be called ‘{}’: every module has that already; choose another name",
                export.name
            );
            at_export(module, export, message)
        })
        .collect();
    if errors.is_empty() {
        return Ok(());
    }
    Err(compile_error(errors, "", |file| project.module_at(file).map(|module| module.text.clone())))
}

/// Refuses a module without an export that the user listed.
pub(crate) fn check_requested(options: &CompileOptions, names: &HashSet<String>) -> Result<()> {
    let is_missing = |name: &&String| !names.contains(*name);
    let missing: Vec<_> = options.exports.iter().filter(is_missing).map(|name| format!("‘{name}’")).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let is_internal = |name: &&String| name.starts_with("rts_") || name.starts_with('_') || *name == "memory";
    let mut there: Vec<_> = names.iter().filter(|name| !is_internal(name)).map(String::as_str).collect();
    there.sort_unstable();
    let there = if there.is_empty() { "nothing".to_owned() } else { there.join(", ") };
    Err(Error::MissingExport(format!(
        "compile.options.exports: the module has no function {}; it exports {there}. \
         A Haskell function is exported by a `foreign export`, a C function by its name in C",
        missing.join(" and ")
    )))
}

fn declared(project: &Project) -> impl Iterator<Item = (&Module, &ForeignExport)> {
    project.modules.iter().flat_map(|module| module.scan.exports.iter().map(move |export| (module, export)))
}

/// The error for a project that gives its user nothing to run or to call.
pub(crate) fn nothing_to_do(project: &Project) -> Error {
    let entry = &project.modules[0];
    let (name, haskell_type) = project
        .modules
        .iter()
        .find_map(|module| module.scan.first_function.clone())
        .unwrap_or_else(|| ("fib".into(), "Int -> Int".into()));
    let looked = match project.modules.len() {
        1 => String::new(),
        many => format!(" in its {many} modules"),
    };
    let file = entry.path.display().to_string();
    let message = format!(
        "nothing to call and nothing to run: found no `foreign export javascript`{looked}, and no `main`.\n\
         To call a function from JavaScript, export it by a line such as\n\
         \x20   foreign export javascript \"{name}\" {name} :: {haskell_type}\n\
         To run a program, define `main :: IO ()` in {file}."
    );
    let diagnostic = Diagnostic {
        file: Some(file.clone()),
        line: Some(1),
        column: Some(1),
        end_line: None,
        end_column: None,
        severity: Severity::Error,
        code: None,
        message: message.clone(),
    };
    Error::Compile {
        message: format!("{file}: {message}"),
        diagnostics: vec![diagnostic],
        stderr: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};

    use super::{check_names, check_requested, declarations, export_names, missing, nothing_to_do};
    use crate::compiler::entry::Entry;
    use crate::compiler::options::{CompileOptions, Input};
    use crate::compiler::plan::Plan;
    use crate::compiler::sources::Project;

    fn project(source: &str) -> Project {
        let options = CompileOptions::new(Input::Source(source.into()), "/nowhere", "/c");
        Project::of_entry(&Entry::find(&options).unwrap(), &options).unwrap()
    }

    const SOURCE: &str = "foreign export javascript \"f\" f' :: Int -> IO ()\n#if 0\nforeign export javascript gone :: Int\n#endif\n\
                          foreign export ccall h :: Int -> Int\nforeign export javascript \"s sync\" s :: Int\n";

    #[test]
    fn only_what_is_in_the_module_is_declared() {
        let wasm =
            wat::parse_str("(module (func (export \"f\")) (func (export \"h\")) (func (export \"s\")))")
                .unwrap();
        let names = export_names(&wasm).unwrap();
        let project = project(SOURCE);
        let plan = Plan::Reactor { exports: BTreeSet::new(), main: None };
        let found = declarations(&project, &plan, &names, |_| Vec::new());
        let found: Vec<_> = found
            .iter()
            .map(|it| (it.name.as_str(), it.haskell_name.as_str(), it.is_async, it.line.unwrap()))
            .collect();
        assert_eq!(found, [("f", "f'", true, 1), ("h", "h", false, 5), ("s", "s", false, 6)]);
        assert_eq!(missing(&project, &names), HashSet::from(["gone".into()]));
        assert!(declarations(&project, &Plan::Command { main_is: None }, &names, |_| Vec::new()).is_empty());
        assert!(export_names(b"\0asm").is_err());
    }

    #[test]
    fn a_listed_name_must_be_there() {
        let mut options = CompileOptions::new(Input::Source(String::new()), "/", "/c");
        let names = HashSet::from(["f".into(), "memory".into(), "rts_eval".into(), "a".into()]);
        options.exports = vec!["f".into()];
        check_requested(&options, &names).unwrap();
        options.exports = vec!["f".into(), "g".into(), "x".into()];
        let error = check_requested(&options, &names).unwrap_err().to_string();
        assert!(error.contains("no function ‘g’ and ‘x’; it exports a, f. "), "{error}");
    }

    #[test]
    fn names_that_are_taken_are_refused_at_their_place() {
        let error = check_names(&project("x = 1\nforeign export javascript \"memory\" x :: Int"))
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("Main.hs:2:1: error:\n    the export cannot be called ‘memory’"),
            "{error}"
        );
        check_names(&project(SOURCE)).unwrap();
    }

    #[test]
    fn a_project_without_anything_to_call_is_shown_the_line_to_add() {
        let error = nothing_to_do(&project("add :: Int -> Int\nadd = (+1)")).to_string();
        assert!(error.contains("\n    foreign export javascript \"add\" add :: Int -> Int\n"), "{error}");
    }
}
