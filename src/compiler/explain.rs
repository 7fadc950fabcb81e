//! Says in words what GHC, the C compiler and the linker say in the terms of generated files.
//!
//! Each rule keeps the original message where it helps and adds the place in the Haskell source and
//! the way out. What no rule knows passes through unchanged.

use std::fs;
use std::path::Path;

use super::diagnostics::indent;
use super::lint::{at, garbled};
use super::scan::{ForeignExport, Snippet};
use super::sources::{Module, Project};
use super::toolchain::Toolchain;
use crate::error::{Diagnostic, Severity};

/// What crosses between Haskell and JavaScript.
const MARSHALABLE: &str = "Bool, Char, Int, Word, Int8 to Int64, Word8 to Word64, Float, Double, Ptr, FunPtr, StablePtr, \
    JSVal, and newtypes of these such as JSString; pass a String as JSString with toJSString and fromJSString of GHC.Wasm.Prim";

/// The names of `GHC.Wasm.Prim` that a program forgets to import.
const PRIM: [&str; 7] =
    ["JSVal", "JSString", "toJSString", "fromJSString", "freeJSVal", "JSException", "isJSFFIUsed"];

/// Words that no function of C can be called, in the language that the C compiler reads GHC's stubs in.
const C_KEYWORDS: [&str; 36] = [
    "asm", "auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum",
    "extern", "float", "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return",
    "short", "signed", "sizeof", "static", "struct", "switch", "typedef", "typeof", "union", "unsigned",
    "void", "volatile", "while",
];

/// GHC's advice for a command line that the user does not have.
const USE_V_TO_SEARCH: &str = "\nUse -v to see a list of the files searched for.";
const USE_V_FOR_MORE: &str = "\n(use -v for more information)";

/// What the rules look at.
pub(crate) struct Context<'a> {
    pub(crate) project: &'a Project,
    pub(crate) toolchain: &'a Toolchain,
    /// The folder of GHC's generated C files.
    pub(crate) tmp: &'a Path,
    /// The folder of object files, which no message needs to name.
    pub(crate) objects: &'a Path,
    /// All that was printed.
    pub(crate) stderr: &'a str,
    /// The signal that ended GHC, if one did.
    pub(crate) signal: Option<i32>,
}

/// Explains all diagnostics; adds one if GHC died without.
pub(crate) fn explain(diagnostics: Vec<Diagnostic>, context: &Context<'_>) -> Vec<Diagnostic> {
    let mut explained: Vec<Diagnostic> = Vec::new();
    for diagnostic in diagnostics {
        for diagnostic in context.explain(diagnostic) {
            if !explained.contains(&diagnostic) {
                explained.push(diagnostic);
            }
        }
    }
    if let Some(signal) = context.signal {
        explained.retain(|diagnostic| !diagnostic.message.contains("cannot open shared object file"));
        explained.push(context.death(signal));
    }
    // "`clang' failed in phase" only repeats that there were errors.
    let is_echo = |diagnostic: &Diagnostic| diagnostic.message.contains("failed in phase");
    let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error && !is_echo(diagnostic);
    if explained.iter().any(is_error) {
        explained.retain(|diagnostic| !is_echo(diagnostic));
    }
    explained
}

impl Context<'_> {
    fn explain(&self, mut diagnostic: Diagnostic) -> Vec<Diagnostic> {
        for noise in [&format!("{}/", self.objects.display()), USE_V_TO_SEARCH, USE_V_FOR_MORE] {
            diagnostic.message = diagnostic.message.replace(noise, "");
        }
        let message = diagnostic.message.clone();
        let is_generated =
            diagnostic.file.as_deref().is_some_and(|file| Path::new(file).starts_with(self.tmp));
        if is_generated && diagnostic.severity == Severity::Warning {
            return Vec::new();
        }
        if is_generated && let Some(errors) = self.keywords() {
            return errors;
        }
        if is_generated && let Some(tycon) = unknown_type(&message) {
            return vec![self.unsupported_import(tycon)];
        }
        if let Some(name) = quoted_after(&message, "conflicting types for ") {
            return self.name_clash(name).unwrap_or_else(|| vec![diagnostic]);
        }
        if let Some(name) = first_line_after(&message, "function signature mismatch: ") {
            return self.name_clash(name).unwrap_or_else(|| vec![diagnostic]);
        }
        if let Some(name) = first_line_after(&message, "duplicate symbol: ") {
            return self.duplicate(name).unwrap_or_else(|| vec![diagnostic]);
        }
        if message.contains("invalid escape sequence") || message.contains("Cannot parse string constant") {
            let errors = garbled(self.project);
            return if errors.is_empty() { vec![diagnostic] } else { errors };
        }
        if let Some(advice) = self.advice(&diagnostic) {
            diagnostic.message = format!("{message}\n{advice}");
        }
        vec![diagnostic]
    }

    /// What to add to a message that is clear but does not say what to do.
    fn advice(&self, diagnostic: &Diagnostic) -> Option<String> {
        let message = &diagnostic.message;
        let version = &self.toolchain.version;
        match diagnostic.code.as_deref() {
            Some("GHC-95774") if message.contains(" sync’ is not a valid C identifier") => Some(format!(
                "Synchronous exports need GHC 9.14 or a compiler of ghc-wasm-meta; this one is {version}. Leave ‘sync’ out: the export then gives a promise."
            )),
            Some("GHC-95774") => {
                Some("The name of an export consists of letters, digits and underscores.".into())
            }
            Some("GHC-89401") => Some(format!("What can cross: {MARSHALABLE}.")),
            Some("GHC-87110" | "GHC-61948") if !message.contains("hidden package") => Some(format!(
                "No module of the project and no package of this compiler has it. {}",
                self.packages()
            )),
            Some("GHC-76037" | "GHC-88464") => {
                // `Variable not in scope: f :: T`, but `Not in scope: type constructor or class ‘T’`.
                let (_, names) = message.lines().next()?.split_once("ot in scope: ")?;
                let name = names.rsplit('‘').next()?.split(['’', ' ']).next()?;
                PRIM.contains(&name).then(|| "The module GHC.Wasm.Prim defines it: import that.".to_owned())
            }
            None if message.starts_with("cannot satisfy -package") => Some(self.packages()),
            None if message.contains("undefined symbol: ") => {
                Some("Nothing that was linked defines it: add the C file that does to `ghcOptions`.".into())
            }
            _ => None,
        }
    }

    fn packages(&self) -> String {
        let folder = fs::read_dir(self.toolchain.libdir.join("package.conf.d"));
        let mut names: Vec<String> = folder
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|file| {
                let name = file.file_name().into_string().ok()?;
                let (package, _version) = name.strip_suffix(".conf")?.rsplit_once('-')?;
                Some(package.to_owned())
            })
            .collect();
        names.sort();
        names.dedup();
        format!("Packages of this compiler: {}.", names.join(", "))
    }

    /// GHC checks the types of exports but not of JavaScript imports; their C code then fails.
    fn unsupported_import(&self, tycon: &str) -> Diagnostic {
        let is_named =
            |module: &&Module| self.stderr.contains(&format!("ZC{}ZC", z_encode(module.scan.module_name())));
        let modules: Vec<&Module> = self.project.modules.iter().filter(is_named).collect();
        let snippets =
            || modules.iter().flat_map(|module| module.scan.snippets.iter().map(move |it| (*module, it)));
        let mentions = |snippet: &Snippet| match tycon {
            "List" => ["[", "String", "FilePath"].iter().any(|word| snippet.haskell_type.contains(word)),
            "Unit" => snippet.haskell_type.contains("()"),
            _ if tycon.starts_with("Tuple") => snippet.haskell_type.contains(','),
            _ => snippet
                .haskell_type
                .split(|c: char| !c.is_alphanumeric() && c != '_' && c != '\'')
                .any(|word| word == tycon),
        };
        let shown = match tycon {
            "List" => "list (a String is one)".to_owned(),
            "Unit" => "type ()".to_owned(),
            "FUN" => "function".to_owned(),
            _ if tycon.starts_with("Tuple") => "tuple".to_owned(),
            _ => format!("type ‘{tycon}’"),
        };
        let of = |name: &str| {
            format!(
                "a foreign import javascript cannot take or give the {shown}, as {name} does.\nWhat can cross: {MARSHALABLE}."
            )
        };
        match snippets().find(|(_, snippet)| mentions(snippet)).or_else(|| snippets().next()) {
            Some((module, snippet)) if snippet.text == "wrapper sync" => {
                let message = format!(
                    "\"wrapper sync\" needs GHC 9.14 or a compiler of ghc-wasm-meta; this one is {}. Leave ‘sync’ out: the callback then gives a promise.",
                    self.toolchain.version
                );
                at(&module.path.display().to_string(), snippet, Severity::Error, message)
            }
            Some((module, snippet)) => {
                let name = format!("‘{} :: {}’", snippet.haskell_name, snippet.haskell_type);
                at(&module.path.display().to_string(), snippet, Severity::Error, of(&name))
            }
            None => placeless(of("one of the modules")),
        }
    }

    /// GHC makes a C function of each export, with the export's name.
    fn keywords(&self) -> Option<Vec<Diagnostic>> {
        let errors: Vec<_> = C_KEYWORDS
            .iter()
            .flat_map(|keyword| self.exports(keyword))
            .map(|(module, export)| {
                let name = &export.name;
                let message = format!("the export ‘{name}’ has the name of a keyword of C, which GHC makes a function of; choose another: foreign export … \"{name}_\" {}", export.haskell_name);
                at_export(module, export, message)
            })
            .collect();
        (!errors.is_empty()).then_some(errors)
    }

    /// An export with the name of a C function takes that function's place.
    fn name_clash(&self, name: &str) -> Option<Vec<Diagnostic>> {
        let message = format!(
            "the export ‘{name}’ has the name of a function of the C library or of GHC's runtime; choose another name"
        );
        let errors: Vec<_> =
            self.exports(name).map(|(module, export)| at_export(module, export, message.clone())).collect();
        (!errors.is_empty()).then_some(errors)
    }

    fn duplicate(&self, name: &str) -> Option<Vec<Diagnostic>> {
        let places: Vec<_> = self.exports(name).collect();
        match places.as_slice() {
            [] => None,
            [_] => self.name_clash(name),
            [(first, export), others @ ..] => {
                let first = format!("{}:{}", first.path.display(), export.line);
                let message =
                    format!("‘{name}’ is exported here and at {first}; an export's name must be unique");
                Some(
                    others
                        .iter()
                        .map(|(module, export)| at_export(module, export, message.clone()))
                        .collect(),
                )
            }
        }
    }

    fn exports(&self, name: &str) -> impl Iterator<Item = (&Module, &ForeignExport)> {
        let all = self
            .project
            .modules
            .iter()
            .flat_map(|module| module.scan.exports.iter().map(move |it| (module, it)));
        all.filter(move |(_, export)| export.name == name)
    }

    fn death(&self, signal: i32) -> Diagnostic {
        if let Some(module) = self.project.modules.iter().find(|module| module.scan.uses_splices) {
            let message = format!(
                "Template Haskell and quasi-quotes do not work with this compiler (GHC {} for wasm): they run code while compiling",
                self.toolchain.version
            );
            let file = Some(module.path.display().to_string());
            return Diagnostic { file, line: Some(1), column: Some(1), ..placeless(message) };
        }
        let lines: Vec<&str> = self.stderr.trim_end().lines().collect();
        let last = lines[lines.len().saturating_sub(5)..].join("\n");
        let hint = if signal == 9 { " (often for want of memory)" } else { "" };
        placeless(
            format!("GHC was ended by signal {signal}{hint}\n{}", indent(&last, "  ")).trim_end().to_owned(),
        )
    }
}

fn placeless(message: String) -> Diagnostic {
    Diagnostic {
        file: None,
        line: None,
        column: None,
        end_line: None,
        end_column: None,
        severity: Severity::Error,
        code: None,
        message,
    }
}

/// An error at a foreign export.
pub(crate) fn at_export(module: &Module, export: &ForeignExport, message: String) -> Diagnostic {
    let file = Some(module.path.display().to_string());
    Diagnostic { file, line: Some(export.line), column: Some(export.column), ..placeless(message) }
}

/// The type constructor in the C compiler's complaint about GHC's stub.
fn unknown_type(message: &str) -> Option<&str> {
    let of_call = |name: &'_ str| -> Option<usize> {
        ["rts_get", "rts_mk"].iter().find(|it| name.starts_with(**it)).map(|it| it.len())
    };
    if let Some(name) = quoted_after(message, "unknown type name ") {
        return name.strip_prefix("Hs");
    }
    let name = quoted_after(message, "undeclared function ")?;
    of_call(name).map(|length| &name[length..])
}

fn quoted_after<'a>(message: &'a str, before: &str) -> Option<&'a str> {
    message.split_once(before)?.1.strip_prefix('\'')?.split('\'').next()
}

fn first_line_after<'a>(message: &'a str, before: &str) -> Option<&'a str> {
    message.split_once(before)?.1.lines().next().map(str::trim)
}

/// GHC's z-encoding, of the characters that a module name can have.
fn z_encode(name: &str) -> String {
    let mut encoded = String::new();
    for c in name.chars() {
        match c {
            '.' => encoded.push_str("zi"),
            '_' => encoded.push_str("zu"),
            '\'' => encoded.push_str("zq"),
            'z' => encoded.push_str("zz"),
            'Z' => encoded.push_str("ZZ"),
            _ => encoded.push(c),
        }
    }
    encoded
}
