//! A module whose start has been made: `_initialize` is run when the module is made, and what it leaves in memory and
//! globals becomes the module's data.
//!
//! # Note [Freezing and thawing]
//!
//! GHC's runtime starts in `_initialize`, a third of what an instance costs. What it does depends on little of the
//! instance: arguments, environment, preopens, and what time it was. So the compiler driver links two functions more
//! (`src/compiler/preinitialize.c`). [`FREEZE`] makes the memory small before it is kept, and [`THAW`] takes what depends on the instance:
//! it is the `_initialize` of the module that comes out. Any host runs it as that of every other reactor.
//!
//! While a module is frozen it may do nothing whose outcome would be the same for all instances though it must not be: get random
//! bytes, open files, have JavaScript values, or write. Its start is made by machine code that was compiled quickly and is thrown away.

use once_cell::sync::Lazy;
use wasmtime::{Config, Engine, Extern, Instance, Linker, Module, OptLevel, Store, Val};
use wasmtime_wasi::p1::{self, WasiP1Ctx};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{I32Exit, WasiCtxBuilder};
use wasmtime_wizer::{InstanceState, SnapshotVal, ValType, Wizer};

use super::inspect::Inspection;
use super::preview1::{ANSWERS, WASI};
use crate::error::{Error, Result};

/// Makes the memory of a started runtime small.
const FREEZE: &str = "hs_wasm_freeze";
/// Takes what depends on the instance.
const THAW: &str = "hs_wasm_thaw";
const START: &str = "_initialize";

/// The custom section of a module that was made here; it is empty.
pub const SECTION: &str = "hs_wasm_preinitialized";

/// What a module may call while it starts, besides what only answers.
const HARMLESS: [&str; 4] = ["fd_fdstat_get", "fd_prestat_get", "fd_write", "proc_exit"];

/// The most that a module may print, and how many characters of it are shown.
const MOST_PRINTED: usize = 1 << 16;
const MOST_SHOWN: usize = 300;

static ENGINE: Lazy<Engine> = Lazy::new(|| {
    let mut config = Config::new();
    config.cranelift_opt_level(OptLevel::None);
    Engine::new(&config).expect("the configuration is a constant, valid on every supported target")
});

/// The module with its start made. `rts_options` are those of GHC's runtime, one per element.
///
/// # Errors
/// [`Error::InvalidArg`] if the module's start cannot be made beforehand, with the reason.
pub fn preinitialize(wasm: &[u8], inspection: &Inspection, rts_options: &[String]) -> Result<Vec<u8>> {
    let has = |name: &str| inspection.exports.iter().any(|export| export.name == name);
    if ![START, FREEZE, THAW].into_iter().all(has) {
        return Err(refused("the module lacks the functions that compile() links for it"));
    }
    let mut wizer = Wizer::new();
    wizer.init_func(FREEZE).func_rename(START, THAW);
    let unsuitable = |error: &wasmtime::Error| refused(format_args!("the module is unsuitable: {error:#}"));
    let (context, instrumented) = wizer.instrument(wasm).map_err(|error| unsuitable(&error))?;
    let mut started = Started::new(&instrumented, rts_options)?;
    let frozen = pollster::block_on(wizer.snapshot(&context, &mut started));
    let mut frozen = frozen.map_err(|error| unsuitable(&error))?;
    let section = wasm_encoder::CustomSection { name: SECTION.into(), data: [].as_slice().into() };
    wasm_encoder::Section::append_to(&section, &mut frozen);
    Ok(frozen)
}

/// The refusal of a module whose start cannot be made beforehand.
pub fn refused(reason: impl std::fmt::Display) -> Error {
    Error::InvalidArg { path: "compile.options.preinitialize".into(), message: reason.to_string() }
}

/// An instance that has started.
struct Started {
    store: Store<WasiP1Ctx>,
    instance: Instance,
}

impl Started {
    fn new(wasm: &[u8], rts_options: &[String]) -> Result<Self> {
        let printed = [MemoryOutputPipe::new(MOST_PRINTED), MemoryOutputPipe::new(MOST_PRINTED)];
        let mut builder = WasiCtxBuilder::new();
        builder.arg("main");
        if !rts_options.is_empty() {
            builder.arg("+RTS").args(rts_options).arg("-RTS");
        }
        let [out, err] = printed.clone();
        let mut store = Store::new(&ENGINE, builder.stdout(out).stderr(err).build_p1());
        let started = start(&mut store, wasm);
        let printed: Vec<u8> = printed.iter().flat_map(MemoryOutputPipe::contents).collect();
        let printed = String::from_utf8_lossy(&printed);
        // The runtime shows a page of help for an option that it does not know.
        let printed: String = printed.trim().chars().take(MOST_SHOWN).collect();
        match started {
            Ok(instance) if printed.is_empty() => Ok(Self { store, instance }),
            Ok(_) => Err(refused(format_args!(
                "the module prints while it starts, which its instances would not: {printed}"
            ))),
            Err(error) => Err(match error.downcast_ref::<I32Exit>() {
                Some(exit) => {
                    refused(format_args!("the module exits with code {} while it starts: {printed}", exit.0))
                }
                None => refused(format_args!("the module cannot start: {}", error.root_cause())),
            }),
        }
    }
}

fn start(store: &mut Store<WasiP1Ctx>, wasm: &[u8]) -> wasmtime::Result<Instance> {
    let module = Module::from_binary(&ENGINE, wasm)?;
    let mut linker: Linker<WasiP1Ctx> = Linker::new(&ENGINE);
    p1::add_to_linker_sync(&mut linker, |wasi| wasi)?;
    linker.allow_shadowing(true);
    for import in module.imports() {
        let (from, name) = (import.module().to_owned(), import.name().to_owned());
        let is_harmless = from == WASI && ANSWERS.into_iter().chain(HARMLESS).any(|other| other == name);
        if let (Some(ty), false) = (import.ty().func(), is_harmless) {
            linker.func_new(&from.clone(), &name.clone(), ty.clone(), move |_, _, _| {
                Err(wasmtime::format_err!(
                    "it calls {from}.{name}, whose outcome would be the same for all instances"
                ))
            })?;
        }
    }
    let instance = linker.instantiate(&mut *store, &module)?;
    for name in [START, FREEZE] {
        instance.get_typed_func::<(), ()>(&mut *store, name)?.call(&mut *store, ())?;
    }
    Ok(instance)
}

impl InstanceState for Started {
    async fn global_get(&mut self, name: &str, _: ValType) -> SnapshotVal {
        match self.instance.get_global(&mut self.store, name).map(|global| global.get(&mut self.store)) {
            Some(Val::I32(value)) => SnapshotVal::I32(value),
            Some(Val::I64(value)) => SnapshotVal::I64(value),
            Some(Val::F32(bits)) => SnapshotVal::F32(bits),
            Some(Val::F64(bits)) => SnapshotVal::F64(bits),
            Some(Val::V128(value)) => SnapshotVal::V128(value.as_u128()),
            _ => unreachable!("wizer has exported it, and refuses globals of other types"),
        }
    }

    async fn memory_contents(&mut self, name: &str, contents: impl FnOnce(&[u8]) + Send) {
        match self.instance.get_export(&mut self.store, name) {
            Some(Extern::Memory(memory)) => contents(memory.data(&self.store)),
            _ => unreachable!("wizer has exported it"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::inspect::inspect;

    fn made(text: &str) -> Result<Vec<u8>> {
        let wasm = wat::parse_str(text).expect("valid text");
        preinitialize(&wasm, &inspect(&wasm, |_| false).expect("a module"), &["-A1m".into()])
    }

    fn reason(body: &str) -> String {
        let text = format!(
            r#"(module
                (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
                (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
                (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                (import "ghc_wasm_jsffi" "newJSVal" (func $new (param externref) (result i32)))
                (memory (export "memory") 1)
                (data (i32.const 8) "\10\00\00\00\02\00\00\00oh")
                (func (export "_initialize") {body})
                (func (export "hs_wasm_freeze"))
                (func (export "hs_wasm_thaw")))"#
        );
        made(&text).expect_err("a refusal").to_string()
    }

    #[test]
    fn what_the_start_has_done_is_in_the_data() {
        let frozen = made(
            r#"(module
                (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
                (memory (export "memory") 1)
                (global $stack (mut i32) (i32.const 1))
                (func (export "_initialize")
                    (drop (memory.grow (i32.const 1)))
                    (drop (call $sizes (i32.const 64) (i32.const 68)))
                    (global.set $stack (i32.const 7)))
                (func (export "hs_wasm_freeze") (i32.store (i32.const 65536) (i32.const 5)))
                (func (export "hs_wasm_thaw") (global.set $stack (i32.const 9)))
                (func (export "sum") (result i32)
                    (i32.add (global.get $stack) (i32.add (i32.load (i32.const 64)) (i32.load (i32.const 65536))))))"#,
        )
        .expect("a module");
        let found = inspect(&frozen, |name| name == SECTION).expect("a module");
        let exports: Vec<_> = found.exports.iter().map(|export| &*export.name).collect();
        assert_eq!(exports, ["_initialize", "sum"]);
        assert!(found.custom.contains_key(SECTION));
        let module = Module::new(&ENGINE, &frozen).expect("a module");
        let mut linker: Linker<()> = Linker::new(&ENGINE);
        linker.define_unknown_imports_as_traps(&module).expect("defined");
        let mut store = Store::new(&ENGINE, ());
        let instance = linker.instantiate(&mut store, &module).expect("an instance");
        let mut call = |name| {
            let function = instance.get_func(&mut store, name).expect("a function");
            let mut results = vec![Val::I32(0); function.ty(&store).results().len()];
            function.call(&mut store, &[], &mut results).expect("no trap");
            results.first().and_then(Val::i32)
        };
        // The name, +RTS, the option, -RTS.
        assert_eq!(call("sum"), Some(7 + 4 + 5));
        call("_initialize");
        assert_eq!(call("sum"), Some(9 + 4 + 5));
    }

    #[test]
    fn what_would_be_the_same_for_all_instances_is_refused() {
        let calls = "compile.options.preinitialize: the module cannot start: it calls";
        let random = reason("(drop (call $random (i32.const 0) (i32.const 8)))");
        assert!(random.starts_with(&format!("{calls} wasi_snapshot_preview1.random_get")), "{random}");
        let value = reason("(drop (call $new (ref.null extern)))");
        assert!(value.starts_with(&format!("{calls} ghc_wasm_jsffi.newJSVal")), "{value}");
        let write = "(drop (call $write (i32.const 2) (i32.const 8) (i32.const 1) (i32.const 32)))";
        assert!(reason(write).ends_with("which its instances would not: oh"), "{}", reason(write));
        let exit = reason(&format!("{write} (call $exit (i32.const 3))"));
        assert!(exit.ends_with("exits with code 3 while it starts: oh"), "{exit}");
        assert!(reason("unreachable").contains("the module cannot start: wasm trap"));
    }

    #[test]
    fn a_module_without_the_functions_or_with_tables_that_change_is_refused() {
        let plain = made("(module (func (export \"_initialize\")))").expect_err("a refusal").to_string();
        assert!(plain.contains("lacks the functions"), "{plain}");
        let growing = made(
            r#"(module (table 1 funcref)
                (func (export "_initialize") (drop (table.grow (ref.null func) (i32.const 1))))
                (func (export "hs_wasm_freeze")) (func (export "hs_wasm_thaw")))"#,
        );
        let growing = growing.expect_err("a refusal").to_string();
        assert!(growing.contains("unsupported `table.grow`"), "{growing}");
    }
}
