//! What is woven does the same with keys as the table does.

use wasmtime::{Caller, Engine, Func, Instance, Memory, Module, Store, Val};

use crate::host::keys::layout::{MOST_TRANSIT, SLOT_COUNT};
use crate::host::keys::{Claim, Key, KeyTable};
use crate::host::port::MemoryView;
use crate::host::tier::Tier;
use crate::host::weave::{ANY, BUDGET, Eras, Known, Places, Post, QUEUE, weave};

/// Externrefs are keys here already.
const GUEST: &str = r#"(module
    (import "m" "claim" (func $claim (param i32) (result i32)))
    (import "m" "give_up" (func $give_up (param i32)))
    (import "m" "make" (func $make (param i32) (result i32)))
    (import "m" "use" (func $use (param i32 i32 i32)))
    (memory 1)
    (func (export "claim") (param i32) (result i32) (call $claim (local.get 0)))
    (func (export "give up") (param i32) (result i32) (call $give_up (local.get 0)) (i32.const 0))
    (func (export "make") (param i32) (result i32) (call $make (local.get 0)))
    (func (export "use") (param i32) (result i32) (call $use (i32.const 7) (local.get 0) (i32.const 0))
        (i32.const 0)))"#;

/// What the imports do, with the guest's own table, and how often they were called.
#[derive(Default)]
struct Host {
    keys: KeyTable,
    calls: usize,
}

struct Guest {
    store: Store<Host>,
    instance: Instance,
    memory: Memory,
}

impl Guest {
    fn new() -> Self {
        let wasm = wat::parse_str(GUEST).expect("valid text");
        let posts = vec![
            Post { function: 2, import: 2, values: 0, gives_value: true },
            Post { function: 3, import: 3, values: 6, gives_value: false },
        ];
        let known = Known { posts, claim: Some(0), give_up: Some(1), ..Known::default() };
        let woven = weave(&wasm, &known, Tier::Optimized).expect("a queue");
        let engine = Engine::default();
        let module = Module::new(&engine, &woven).expect("valid");
        let mut store = Store::new(&engine, Host::default());
        let claim = Func::wrap(&mut store, |mut caller: Caller<'_, Host>, key: u32| {
            caller.data_mut().calls += 1;
            claimed(&mut caller.data_mut().keys, key)
        });
        let give_up = Func::wrap(&mut store, |mut caller: Caller<'_, Host>, key: u32| {
            caller.data_mut().calls += 1;
            caller.data_mut().keys.release(key);
        });
        let make = Func::wrap(&mut store, |mut caller: Caller<'_, Host>, _: u32| {
            caller.data_mut().calls += 1;
            caller.data_mut().keys.reserve().expect("room")
        });
        let uses = Func::wrap(&mut store, |mut caller: Caller<'_, Host>, _: u32, _: u32, _: u32| {
            caller.data_mut().calls += 1;
        });
        let imports = [claim, give_up, make, uses].map(Into::into);
        let instance = Instance::new(&mut store, &module, &imports).expect("instantiated");
        let memory = instance.get_memory(&mut store, QUEUE).expect("exported");
        let (base, bytes) = (memory.data_ptr(&store).expose_provenance(), memory.data_size(&store));
        store.data_mut().keys.move_to(MemoryView { base, bytes });
        Self { store, instance, memory }
    }

    /// Calls the export; gives its result and how often the host was called.
    fn call(&mut self, name: &str, param: Key) -> (Key, usize) {
        let before = self.store.data().calls;
        let budget = self.instance.get_global(&mut self.store, BUDGET).expect("exported");
        budget.set(&mut self.store, Val::I32(i32::MAX)).expect("variable");
        let func = self.instance.get_typed_func::<u32, u32>(&mut self.store, name).expect("exported");
        let result = func.call(&mut self.store, param).expect("no trap");
        (result, self.store.data().calls - before)
    }

    fn set(&mut self, cell: usize, value: u64) {
        self.memory.data_mut(&mut self.store)[cell * 8..cell * 8 + 8].copy_from_slice(&value.to_le_bytes());
    }

    fn get(&self, cell: usize) -> u64 {
        let bytes = &self.memory.data(&self.store)[cell * 8..cell * 8 + 8];
        u64::from_le_bytes(bytes.try_into().expect("a cell"))
    }

    /// Lets it queue all calls.
    fn grant(&mut self) {
        for place in 0..2 {
            let control = Places::control(place);
            self.set(control.call, u64::from(ANY) << 32 | place as u64);
            self.set(control.era, Eras::Output as u64);
            self.set(control.grant, self.get(Places::OUTPUT_ERA) + 1);
        }
    }

    fn keys(&mut self) -> &mut KeyTable {
        &mut self.store.data_mut().keys
    }
}

/// The key of who claims; 0 if nothing is there.
fn claimed(keys: &mut KeyTable, key: Key) -> Key {
    match keys.claim(key) {
        Some(Claim::Own(key) | Claim::Copy { to: key, .. }) => key,
        None => 0,
    }
}

/// A sequence of numbers that look like chance.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % most
    }
}

#[test]
fn a_guest_sees_to_its_keys_as_the_host_would() {
    for seed in 0..6 {
        let (mut chance, mut guest, mut model) = (Chance(seed), Guest::new(), KeyTable::default());
        let (mut keys, mut by_host) = (vec![0, u32::MAX, 5 << 24 | 1], 0);
        // Some of them have few keys, some more than there are first slots.
        let most = [3, 20, 60, 300, 1200, 6000][usize::try_from(seed).expect("small")];
        for step in 0..if most > 1000 { 20_000 } else { 5_000 } {
            guest.set(Places::END, 0);
            guest.grant();
            let key = keys[chance.below(keys.len())];
            match chance.below(10) {
                0..4 if model.claimed() < most => {
                    let (made, calls) = guest.call("make", 1);
                    assert_eq!(Some(made), model.reserve(), "{seed} {step}");
                    let (own, more) = guest.call("claim", made);
                    assert_eq!(own, claimed(&mut model, made), "{seed} {step}");
                    by_host += calls + more;
                    keys.push(own);
                }
                4 => {
                    let (made, calls) = guest.call("make", 1);
                    assert_eq!(Some(made), model.reserve(), "{seed} {step}");
                    by_host += calls;
                    keys.push(made);
                }
                5 => {
                    let (own, _) = guest.call("claim", key);
                    assert_eq!(own, claimed(&mut model, key), "{seed} {step}");
                    keys.push(own);
                }
                6 if chance.below(20) == 0 => {
                    guest.keys().end_transit();
                    model.end_transit();
                }
                7 if chance.below(20) == 0 => {
                    let most = chance.below(80);
                    let released: Vec<u32> = guest.keys().take_released(most).collect();
                    assert_eq!(released, model.take_released(most).collect::<Vec<_>>(), "{seed} {step}");
                    assert_eq!(guest.keys().has_released(), model.has_released());
                }
                _ => {
                    guest.call("give up", key);
                    model.release(key);
                }
            }
            let key = keys[chance.below(keys.len())];
            assert_eq!(guest.keys().is_live(key), model.is_live(key), "{seed} {step}: {key:#x}");
            assert_eq!(guest.keys().claimed(), model.claimed(), "{seed} {step}");
            let queues = model.is_live(key) && key & 0xFF_FFFF < SLOT_COUNT;
            guest.set(Places::END, 0);
            assert_eq!(guest.call("use", key).1, usize::from(!queues), "{seed} {step}: {key:#x}");
        }
        if most < MOST_TRANSIT as usize {
            assert!(by_host < 500, "{by_host} of the calls of {seed} were made by the host");
        }
    }
}

#[test]
fn while_objects_are_granted_for_the_host_hears_of_all_keys() {
    let mut guest = Guest::new();
    guest.grant();
    let (first, _) = guest.call("make", 1);
    guest.call("claim", first);
    assert_eq!(guest.call("give up", first).1, 0);
    let (second, calls) = guest.call("make", 1);
    assert_eq!((calls, second & 0xFF_FFFF), (0, first & 0xFF_FFFF));
    assert_eq!(guest.call("claim", second).1, 0);
    guest.set(Places::OBJECTS, 1);
    assert_eq!(guest.call("give up", second).1, 1);
    assert_eq!(guest.call("make", 1).1, 1);
    guest.set(Places::OBJECTS, 0);
    assert_eq!(guest.call("make", 1).1, 1, "no slot was free");
}

#[test]
fn a_value_that_is_queued_is_put_where_its_key_says() {
    let mut guest = Guest::new();
    assert_eq!(guest.call("make", 9).1, 1, "nothing is granted");
    guest.keys().end_transit();
    guest.grant();
    let (made, calls) = guest.call("make", 9);
    assert_eq!(calls, 0);
    let queue = Places::new(2).calls();
    let half = |cell: u64| cell & u64::from(u32::MAX);
    assert_eq!([0, 1, 2].map(|cell| half(guest.get(queue + cell))), [0, 9, made.into()]);
    assert_eq!(guest.get(Places::END), 24);
    guest.set(Places::OUTPUT_ERA, 1);
    assert_eq!(guest.call("use", 0).1, 1, "another era");
}
