//! Guests with checks do what they did, and whoever runs for ever asks.

use wasmtime::{
    Caller, Config, Engine, Error, Func, Instance, Module, Ref, Result, Store, Val, WasmBacktrace,
};

use super::*;

/// Loops, recursion, tail calls, exceptions, a start function, every way to call.
const GUEST: &str = r#"(module
    (type $step (func (param i32) (result i32)))
    (import "m" "twice" (func $twice (param i32) (result i32)))
    (memory 2)
    (global $started (mut i32) (i32.const 0))
    (tag $thrown (param i32))
    (table $steps 3 funcref)
    (elem (i32.const 0) $down $up)
    (start $begin)
    (func $begin (loop
        (global.set $started (i32.add (global.get $started) (i32.const 1)))
        (br_if 0 (i32.lt_u (global.get $started) (i32.const 99)))))
    (func (export "started") (param i32) (result i32) (i32.add (local.get 0) (global.get $started)))
    (func (export "sum") (param i32) (result i32) (local i64 i32 i32)
        (loop $outer
            (local.set 3 (i32.const 0))
            (loop $inner (local.set 2 (i32.add (local.get 2) (local.get 3)))
                (br_if $inner (i32.lt_u (local.tee 3 (i32.add (local.get 3) (i32.const 1))) (local.get 0))))
            (br_if $outer (i32.gt_s (local.tee 0 (i32.sub (local.get 0) (i32.const 1))) (i32.const 0))))
        (local.get 2))
    (func (export "params") (param i32) (result i32)
        (i32.const 1) (local.get 0)
        (loop (param i32 i32) (result i32)
            (local.set 0) (local.set 0 (i32.add (local.get 0) (i32.mul (i32.const 3))))
            (local.get 0) (local.get 0) (br_if 0 (i32.lt_s (local.get 0) (i32.const 500))) (i32.add)))
    (func $fib (export "fib") (param i32) (result i32)
        (if (result i32) (i32.lt_s (local.get 0) (i32.const 2)) (then (local.get 0))
            (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                           (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
    (func $up (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
    (func $down (export "down") (param i32) (result i32)
        (if (i32.eqz (local.get 0)) (then (return (i32.const 7))))
        (return_call_indirect (type $step) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))
    (func (export "indirect") (param i32) (result i32)
        (call_indirect (type $step) (call $twice (local.get 0)) (i32.const 1)))
    (func (export "none") (param i32) (result i32)
        (call_indirect (type $step) (local.get 0) (local.get 0)))
    (func (export "caught") (param i32) (result i32) (local i32)
        (loop $again
            (block $handler (result i32)
                (try_table (catch $thrown $handler) (throw $thrown (local.get 0)))
                (unreachable))
            (local.set 1 (i32.add (local.get 1)))
            (br_if $again (i32.gt_s (local.tee 0 (i32.sub (local.get 0) (i32.const 1))) (i32.const 0))))
        (local.get 1))
    (func (export "filled") (param i32) (result i32)
        (memory.fill (i32.const 9) (local.get 0) (i32.const 70000))
        (memory.copy (i32.const 80000) (i32.const 9) (local.get 0))
        (i32.load (i32.const 80000)))
    (func (export "traps") (param i32) (result i32)
        (loop (br_if 0 (i32.gt_s (local.tee 0 (i32.sub (local.get 0) (i32.const 1))) (i32.const 0))))
        (i32.load (i32.mul (i32.const -1) (call $fib (i32.const 5))))))"#;
const EXPORTS: [&str; 11] =
    ["started", "sum", "params", "fib", "down", "indirect", "none", "caught", "filled", "traps", "fib"];

/// Guests that run for ever, each in a way of its own: `run`.
const ENDLESS: [&str; 10] = [
    r#"(module (func (export "run") (loop (br 0))))"#,
    r#"(module (func (export "run") (local i32) (loop (loop (br_if 0 (i32.rem_u (local.tee 0 (i32.add (local.get 0)
        (i32.const 1))) (i32.const 7)))) (br 0))))"#,
    r#"(module (func (export "run") (loop (block (br_table 1 0 1 (i32.const 2))) (br 0))))"#,
    r#"(module (func $a (export "run") (return_call $b)) (func $b (return_call $a)))"#,
    r#"(module (type $t (func)) (table funcref (elem $a $b)) (func $a (export "run") (return_call_indirect (type $t)
        (i32.const 1))) (func $b (return_call_indirect (type $t) (i32.const 0))))"#,
    r#"(module (type $t (func)) (elem declare func $a) (func $a (export "run") (return_call_ref $t (ref.func $a))))"#,
    r#"(module (func $a (param i32) (if (local.get 0) (then (call $b (i32.sub (local.get 0) (i32.const 1)))
        (call $b (i32.sub (local.get 0) (i32.const 1)))))) (func $b (param i32) (call $a (local.get 0)))
        (func (export "run") (call $a (i32.const 99))))"#,
    r#"(module (tag $e) (func $f (throw $e)) (func (export "run") (loop (block (try_table (catch_all 0) (call $f))) (br 0))))"#,
    r#"(module (memory 16) (func (export "run") (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 1048576)) (br 0))))"#,
    r#"(module (type $t (func (result i32))) (table 2 funcref) (elem (i32.const 1) $s) (func $s (type $t) (i32.const 1))
        (func (export "run") (local i32) (local.set 0 (i32.const 1))
        (loop (br_if 0 (local.tee 0 (call_indirect (type $t) (local.get 0)))))))"#,
];

pub(super) fn test_engine() -> Engine {
    // A guest that is not interrupted runs out of fuel.
    Engine::new(Config::new().consume_fuel(true).wasm_branch_hinting(true)).expect("a valid configuration")
}

/// Instantiates; what is asked gives `budget`, or ends the guest when it was asked `asks` times.
pub(super) fn instantiate(engine: &Engine, wasm: &[u8], budget: i32, asks: u32) -> (Store<u32>, Instance) {
    let module = Module::new(engine, wasm).expect("valid");
    let mut store = Store::new(engine, asks);
    store.set_fuel(1 << 28).expect("fuel is counted");
    let twice = Func::wrap(&mut store, |number: i32| number * 2);
    let imports: Vec<_> = module.imports().map(|_| twice.into()).collect();
    let instance = Instance::new(&mut store, &module, &imports).expect("instantiated");
    let ask = Func::wrap(&mut store, move |mut caller: Caller<'_, u32>| -> Result<i32> {
        let asks = caller.data().checked_sub(1).ok_or_else(|| Error::msg("enough"))?;
        *caller.data_mut() = asks;
        Ok(budget)
    });
    if let Some(table) = instance.get_table(&mut store, CHECKS) {
        table.set(&mut store, 0, Ref::Func(Some(ask))).expect("set");
    }
    if let Some(start) = instance.get_func(&mut store, START) {
        start.call(&mut store, &[], &mut []).expect("started");
    }
    (store, instance)
}

/// The result of an export, or what it trapped with and where in the file.
fn outcome(store: &mut Store<u32>, instance: &Instance, name: &str, origins: Option<&Origins>) -> String {
    outcome_with(store, instance, name, 20, origins)
}

/// The same with a parameter.
pub(super) fn outcome_with(
    store: &mut Store<u32>,
    instance: &Instance,
    name: &str,
    param: i32,
    origins: Option<&Origins>,
) -> String {
    let func = instance.get_func(&mut *store, name).expect("exported");
    let mut results = [Val::I32(0)];
    match func.call(store, &[Val::I32(param)], &mut results) {
        Ok(()) => format!("{results:?}"),
        Err(error) => {
            let frames = error.downcast_ref::<WasmBacktrace>().expect("a trace").frames().iter();
            let places: Vec<_> = frames
                .filter_map(|frame| {
                    let (function, offset) = (frame.func_index(), frame.module_offset());
                    let Some(origins) = origins else { return Some((function, offset)) };
                    Some((
                        origins.function(function, offset)?,
                        offset.and_then(|offset| origins.find(offset)),
                    ))
                })
                .collect();
            format!("{:?} at {places:?}", error.downcast_ref::<wasmtime::Trap>())
        }
    }
}

#[test]
fn a_woven_guest_does_what_it_did() {
    let engine = test_engine();
    let wasm = wat::parse_str(GUEST).expect("valid text");
    let (mut before, old) = instantiate(&engine, &wasm, 0, 0);
    for tier in [Tier::Quick, Tier::Optimized] {
        let woven = weave(&wasm, &Known::default(), tier).expect("checks");
        let origins = Origins::of(&wasm, &Known::default(), tier);
        for budget in [0, 1, 100, 1 << 20] {
            let (mut store, new) = instantiate(&engine, &woven, budget, u32::MAX);
            for name in EXPORTS {
                let expected = outcome(&mut before, &old, name, None);
                assert_eq!(outcome(&mut store, &new, name, Some(&origins)), expected, "{name}");
            }
        }
    }
}

#[test]
fn whatever_runs_for_ever_asks_for_ever() {
    let engine = test_engine();
    for guest in ENDLESS {
        let wasm = wat::parse_str(guest).expect("valid text");
        let woven = weave(&wasm, &Known::default(), Tier::Optimized).expect("checks");
        let (mut store, instance) = instantiate(&engine, &woven, 1000, 5);
        let run = instance.get_typed_func::<(), ()>(&mut store, "run").expect("exported");
        let error = run.call(&mut store, ()).expect_err("ended");
        assert_eq!(error.root_cause().to_string(), "enough", "{guest}");
    }
}

#[test]
fn what_cannot_take_long_stays_as_it_is() {
    let quick = ["(module)", r#"(module (func $f) (func (export "f") (call $f)))"#];
    for guest in quick {
        assert_eq!(
            weave(&wat::parse_str(guest).expect("valid text"), &Known::default(), Tier::Optimized),
            None
        );
    }
}

#[test]
fn an_index_that_only_checks_have_is_refused() {
    for guest in
        [r"(module (func (loop (br 0)) (local.set 0 (i32.const 1))))", "(module (func (loop (call 1))))"]
    {
        let wasm = wat::parse_str(guest).expect("valid text");
        assert!(crate::host::module::Module::new(wasm, &[], crate::host::module::Code::default()).is_err());
    }
}

/// Imports whose calls it may take note of.
const POSTING: &str = r#"(module
    (import "wasi_snapshot_preview1" "sched_yield" (func $wasi (result i32)))
    (import "m" "put" (func $put (param i64 f64 f32 i32)))
    (import "m" "set" (func $set (param externref i32)))
    (import "m" "both" (func (param externref externref)))
    (import "m" "getJSVal" (func $get (param i32) (result externref)))
    (memory 1)
    (func (export "put") (param i32) (result i32)
        (loop (call $put (i64.const -2) (f64.const 0.5) (f32.const 2) (local.get 0))
            (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get 0))
    (func (export "set") (param i32) (result i32)
        (call $set (call $get (i32.const 5)) (local.get 0)) (i32.const 0))
    (func (export "wasi") (param i32) (result i32) (drop (call $wasi))
        (call $put (i64.const 0) (f64.const 0) (f32.const 0) (i32.const 0)) (i32.const 0)))"#;

#[test]
fn a_guest_takes_note_of_calls_that_are_granted() {
    let engine = test_engine();
    let wasm = wat::parse_str(POSTING).expect("valid text");
    let known = crate::host::inspect::inspect(&wasm, |_| false).expect("a module").known;
    assert_eq!(
        known.posts,
        [
            Post { function: 1, import: 1, values: 0, gives_value: false },
            Post { function: 2, import: 2, values: 1, gives_value: false },
            Post { function: 3, import: 3, values: 3, gives_value: false },
        ]
    );
    let wasm = wat::parse_str(POSTING.replace("externref", "i32"));
    let woven = weave(&wasm.expect("valid text"), &known, Tier::Optimized).expect("a queue");
    let module = Module::new(&engine, &woven).expect("valid");
    let mut store = Store::new(&engine, 0_u32);
    store.set_fuel(1 << 28).expect("fuel is counted");
    let imports: Vec<_> = module
        .imports()
        .map(|import| {
            let ty = import.ty().unwrap_func().clone();
            Func::new(&mut store, ty, |mut caller, _, results| {
                *caller.data_mut() += 1;
                results.fill(Val::I32(0));
                Ok(())
            })
            .into()
        })
        .collect();
    let instance = Instance::new(&mut store, &module, &imports).expect("instantiated");
    let budget = instance.get_global(&mut store, BUDGET).expect("exported");
    budget.set(&mut store, Val::I32(i32::MAX)).expect("variable");
    let memory = instance.get_memory(&mut store, QUEUE).expect("exported");
    let cell = |index: usize| index * 8..index * 8 + 8;
    let set = |store: &mut Store<u32>, index: usize, value: u64| {
        memory.data_mut(store)[cell(index)].copy_from_slice(&value.to_le_bytes());
    };
    let get = |store: &Store<u32>, index: usize| {
        u64::from_le_bytes(memory.data(store)[cell(index)].try_into().expect("a cell"))
    };
    let called = |store: &mut Store<u32>, name: &str, param: i32| {
        let before = *store.data();
        let func = instance.get_typed_func::<i32, i32>(&mut *store, name).expect("exported");
        func.call(&mut *store, param).expect("no trap");
        *store.data() - before
    };
    let calls = Places::new(known.posts.len()).calls();
    assert_eq!([called(&mut store, "put", 3), called(&mut store, "set", 1)], [3, 1], "nothing is granted");

    let (put, field) = (Places::control(0), Places::control(1));
    let for_object = |object: u64| object << 32 | 0x4E;
    set(&mut store, put.call, 77);
    set(&mut store, put.grant, 1);
    assert_eq!([called(&mut store, "put", 2), called(&mut store, "set", 1)], [0, 1]);
    assert_eq!(get(&store, Places::END), 80);
    let queued: Vec<u64> = (calls..calls + 10).map(|index| get(&store, index)).collect();
    let numbers = [77, u64::MAX - 1, 0.5_f64.to_bits(), 2_f32.to_bits().into()];
    assert_eq!(queued, [&numbers[..], &[2], &numbers[..], &[1]].concat());

    set(&mut store, field.call, for_object(6));
    set(&mut store, field.grant, 1);
    assert_eq!(called(&mut store, "set", 1), 1, "for another object");
    set(&mut store, field.call, for_object(5));
    assert_eq!(called(&mut store, "set", 1), 0);

    let room = CALL_CELLS / 5;
    set(&mut store, Places::END, 0);
    let more = i32::try_from(room).expect("small") + 3;
    assert_eq!(called(&mut store, "put", more), 3, "it is full");
    assert_eq!(get(&store, Places::END), room as u64 * 40);

    set(&mut store, Places::END, 0);
    assert_eq!(called(&mut store, "wasi", 0), 2, "another era");
    assert_eq!(get(&store, Places::ERA), 1);
    assert_eq!(called(&mut store, "put", 1), 1);
    set(&mut store, put.grant, 2);
    assert_eq!(called(&mut store, "put", 1), 0);
}

#[test]
fn a_trap_in_an_import_is_where_it_was_in_the_file() {
    let engine = test_engine();
    let text = r#"(module (import "m" "put" (func $put (param i32)))
        (func (export "f") (param i32) (result i32) (nop) (call $put (local.get 0)) (nop) (i32.const 0)))"#;
    let wasm = wat::parse_str(text).expect("valid text");
    let posts = vec![Post { function: 0, import: 0, values: 0, gives_value: false }];
    let known = Known { posts, ..Known::default() };
    let woven = weave(&wasm, &known, Tier::Optimized).expect("a queue");
    let origins = Origins::of(&wasm, &known, Tier::Optimized);
    let outcome_of = |wasm: &[u8], origins| {
        let module = Module::new(&engine, wasm).expect("valid");
        let mut store = Store::new(&engine, 0_u32);
        store.set_fuel(1 << 28).expect("fuel is counted");
        let put = Func::wrap(&mut store, |_: i32| -> Result<()> { Err(wasmtime::Trap::BadSignature.into()) });
        let instance = Instance::new(&mut store, &module, &[put.into()]).expect("instantiated");
        outcome(&mut store, &instance, "f", origins)
    };
    assert_eq!(outcome_of(&woven, Some(&origins)), outcome_of(&wasm, None));
}
