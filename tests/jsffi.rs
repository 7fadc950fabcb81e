//! Guests that speak GHC's ABI, without GHC, and a JavaScript that is none.

mod common;

use common::{FakeJs, Running, code, link};
use hs_wasm::error::Error;
use hs_wasm::host::port::Cell;
use hs_wasm::jsffi::link::Abi;

const IMPORTS: &str = r#"
    (import "ghc_wasm_jsffi" "newJSVal" (func $new (param externref) (result i32)))
    (import "ghc_wasm_jsffi" "getJSVal" (func $get (param i32) (result externref)))
    (import "ghc_wasm_jsffi" "freeJSVal" (func $free (param i32)))
    (import "ghc_wasm_jsffi" "scheduleWork" (func $later))
"#;

fn module(imports: &str, body: &str) -> String {
    format!("(module {IMPORTS} {imports} (memory (export \"memory\") 1) {body})")
}

#[test]
fn numbers_of_every_type_cross_unchanged() {
    let wat = module(
        r#"(import "ghc_wasm_jsffi" "f" (func $f (param i32 i64 f32 f64) (result f64)))"#,
        r#"(func (export "run") (param i32 i64 f32 f64) (result f64)
             (call $f (local.get 0) (local.get 1) (local.get 2) (local.get 3)))"#,
    );
    let args: [Cell; 4] = [
        u64::from((-1i32).cast_unsigned()),
        i64::MIN.cast_unsigned(),
        u64::from(f32::NAN.to_bits()),
        (-0.0f64).to_bits(),
    ];
    let js = FakeJs {
        functions: vec![Box::new(move |_, seen, _| {
            assert_eq!(&seen[..4], &args);
            Ok(std::f64::consts::PI.to_bits())
        })],
        ..FakeJs::default()
    };
    let mut guest = Running::new(&wat, &[["f", "($1,$2,$3,$4)", "0"]], js);
    assert_eq!(guest.call("run", &args).unwrap(), std::f64::consts::PI.to_bits());
}

#[test]
fn more_arguments_than_fit_inline_cross_too() {
    let params = "i32 ".repeat(12);
    let gets = (0..12).map(|n| format!("(local.get {n})")).collect::<Vec<_>>().concat();
    let wat = module(
        &format!(r#"(import "ghc_wasm_jsffi" "f" (func $f (param {params}) (result i32)))"#),
        &format!(r#"(func (export "run") (param {params}) (result i32) (call $f {gets}))"#),
    );
    let js =
        FakeJs { functions: vec![Box::new(|_, args, _| Ok(args[..12].iter().sum()))], ..FakeJs::default() };
    let mut guest = Running::new(&wat, &[["f", "()", "0"]], js);
    let args: Vec<Cell> = (1..=12).collect();
    assert_eq!(guest.call("run", &args).unwrap(), 78);
}

#[test]
fn a_jsval_is_made_read_and_freed() {
    let wat = module(
        r#"(import "ghc_wasm_jsffi" "make" (func $make (result externref)))
           (import "ghc_wasm_jsffi" "read" (func $read (param externref) (result i32)))"#,
        r#"(global $kept (mut i32) (i32.const 0))
           (func (export "make") (global.set $kept (call $new (call $make))))
           (func (export "read") (result i32) (call $read (call $get (global.get $kept))))
           (func (export "free") (call $free (global.get $kept)))"#,
    );
    let js = FakeJs {
        functions: vec![
            Box::new(|_, args, values| {
                values.set(args[0], "made");
                Ok(0)
            }),
            Box::new(|_, args, values| Ok(values.get(args[0]).len() as u64)),
        ],
        ..FakeJs::default()
    };
    let records = [["make", "()", "0"], ["read", "($1)", "0"]];
    let mut guest = Running::new(&wat, &records, js);
    guest.call("make", &[]).unwrap();
    assert_eq!(guest.call("read", &[]).unwrap(), 4);
    assert_eq!(guest.guest.state().keys.claimed(), 1);
    guest.call("free", &[]).unwrap();
    assert_eq!(guest.guest.state().keys.claimed(), 0);
    let error = guest.call("free", &[]).unwrap_err();
    assert!(error.to_string().contains("freed before"), "{error}");
}

#[test]
fn a_freed_jsval_is_noticed_where_it_is_used() {
    let unregister = "try { __ghc_wasm_jsffi_finalization_registry.unregister($1); } catch {}";
    let wat = module(
        r#"(import "ghc_wasm_jsffi" "make" (func $make (result externref)))
           (import "ghc_wasm_jsffi" "read" (func $read (param externref)))
           (import "ghc_wasm_jsffi" "unregister" (func $unregister (param externref)))"#,
        r#"(func $freed (result externref) (local $key i32)
             (local.set $key (call $new (call $make)))
             (call $free (local.get $key))
             (call $get (local.get $key)))
           (func (export "unregister") (call $unregister (call $freed)))
           (func (export "read") (call $read (call $freed)))
           (func (export "give") (result externref) (call $freed))
           (func (export "again") (drop (call $new (call $freed))))"#,
    );
    let records = [["make", "()", "0"], ["read", "($1)", "$1.read()"], ["unregister", "($1)", unregister]];
    for (export, expected) in [
        ("unregister", None),
        ("read", Some("the import \"$1.read()\" was called with it")),
        ("give", Some("an export was to give it to JavaScript")),
        ("again", Some("newJSVal(")),
    ] {
        let unreachable = || panic!("no snippet gets a freed JSVal");
        let js = FakeJs {
            functions: vec![
                Box::new(|_, _, _| Ok(0)),
                Box::new(move |_, _, _| unreachable()),
                Box::new(move |_, _, _| unreachable()),
            ],
            ..FakeJs::default()
        };
        let mut guest = Running::new(&wat, &records, js);
        match (guest.call(export, &[]), expected) {
            (Ok(_), None) => {}
            (Err(error), Some(text)) => assert!(error.to_string().contains(text), "{error}"),
            (outcome, _) => panic!("{export}: {outcome:?}"),
        }
    }
}

#[test]
fn a_reference_that_nobody_set_is_null() {
    let wat = module(
        r#"(import "ghc_wasm_jsffi" "read" (func $read (param externref)))"#,
        r#"(func (export "run") (local externref) (call $read (local.get 0)))"#,
    );
    let js = FakeJs {
        functions: vec![Box::new(|guest, args, _| {
            assert_eq!(args[0] & 0xFFFF_FFFF, 0);
            assert_ne!(guest.reserve_key()?, 0);
            Ok(0)
        })],
        ..FakeJs::default()
    };
    let mut guest = Running::new(&wat, &[["read", "($1)", "$1"]], js);
    guest.call("run", &[]).unwrap();
}

#[test]
fn what_javascript_throws_comes_back_as_a_throw() {
    let wat = module(r#"(import "ghc_wasm_jsffi" "f" (func $f))"#, r#"(func (export "run") (call $f))"#);
    let js = FakeJs { functions: vec![Box::new(|_, _, _| Err(Error::JsThrow))], ..FakeJs::default() };
    let mut guest = Running::new(&wat, &[["f", "()", "0"]], js);
    assert_eq!(code(guest.call("run", &[])), "ERR_HS_JS_THROW");
}

#[test]
fn a_function_that_is_called_may_call_back_three_deep() {
    let wat = module(
        r#"(import "ghc_wasm_jsffi" "f" (func $f (param i32) (result i32)))"#,
        r#"(func (export "run") (param i32) (result i32) (i32.add (i32.const 1) (call $f (local.get 0))))"#,
    );
    let js = FakeJs {
        functions: vec![Box::new(
            |guest, args, _| if args[0] == 0 { Ok(0) } else { guest.call_export(0, &[args[0] - 1]) },
        )],
        ..FakeJs::default()
    };
    let mut guest = Running::new(&wat, &[["f", "async ($1)", "0"]], js);
    assert_eq!(guest.call("run", &[3]).unwrap(), 4);
}

#[test]
fn a_panic_on_the_other_side_is_an_error() {
    let wat = module(r#"(import "ghc_wasm_jsffi" "f" (func $f))"#, r#"(func (export "run") (call $f))"#);
    let js = FakeJs { functions: vec![Box::new(|_, _, _| panic!("oh"))], ..FakeJs::default() };
    let mut guest = Running::new(&wat, &[["f", "()", "0"]], js);
    assert_eq!(code(guest.call("run", &[])), "ERR_HS_INTERNAL");
}

#[test]
fn schedule_work_is_only_noted() {
    let wat = module("", r#"(func (export "run") (call $later) (call $later))"#);
    let mut guest = Running::new(&wat, &[], FakeJs::default());
    guest.call("run", &[]).unwrap();
    assert!(guest.guest.state().schedule);
}

#[test]
fn a_key_that_is_never_claimed_ends_with_the_call() {
    let wat = module("", r#"(func (export "run") (param externref))"#);
    let mut guest = Running::new(&wat, &[], FakeJs::default());
    for _ in 0..100 {
        let key = guest.guest.state().keys.reserve().unwrap();
        guest.call("run", &[key.into()]).unwrap();
    }
    assert!(guest.guest.state().keys.reserve().unwrap() & 0xFF_FFFF < 2, "slots are used again");
}

#[test]
fn the_abi_is_read_from_the_module() {
    let old = module("", "");
    let new = module("", r#"(func (export "rts_promiseThrowTo") (param i32 externref))"#);
    assert_eq!(link(&old, &[]).unwrap().abi, Abi::Stock);
    assert_eq!(link(&new, &[]).unwrap().abi, Abi::Reentrant);
    assert_eq!(link("(module)", &[]).unwrap().abi, Abi::None);
}

#[test]
fn imports_that_nobody_provides_are_all_named() {
    let wat = r#"(module (import "env" "a" (func)) (import "env" "m" (memory 1))
        (import "wasi_snapshot_preview1" "fd_flush" (func)) (import "wasi_snapshot_preview1" "sched_yield" (func (result i32))))"#;
    let error = link(wat, &[]).unwrap_err();
    assert_eq!(error.code(), "ERR_HS_UNKNOWN_IMPORT");
    let text = error.to_string();
    assert!(text.contains("env.a, env.m (not a function), wasi_snapshot_preview1.fd_flush;"), "{text}");
}

#[test]
fn what_is_no_module_is_refused_in_words() {
    use hs_wasm::host::module::{Code, Module};
    let load = |wasm: &[u8]| Module::new(wasm.to_vec(), &[], Code::default()).map(|_| ());
    for (wasm, word) in [
        (&b""[..], "no bytes"),
        (b"main = print 1", "\"main = print 1\""),
        (b"\x7fELF\x02\x01", "ELF"),
        (b"\0asm\x0d\0\x01\0", "component"),
        (b"\0asm\x01\0\0\0\x01\x10\x01", "damaged"),
    ] {
        let error = load(wasm).unwrap_err();
        assert_eq!(error.code(), "ERR_HS_INVALID_MODULE");
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[test]
fn a_module_that_stores_externrefs_is_refused_in_words() {
    let wat = r#"(module (table 1 externref) (func (export "f") (param externref) (table.set 0 (i32.const 0) (local.get 0))))"#;
    let error = link(wat, &[]).unwrap_err();
    assert!(error.to_string().contains("only passes externrefs"), "{error}");
}
