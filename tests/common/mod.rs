//! Small guests in the WebAssembly text format, and a JavaScript that is none.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]
#![expect(unreachable_pub, reason = "a module of tests has no outside")]
#![allow(dead_code, reason = "not every test uses all of it")]
#![allow(clippy::allow_attributes, reason = "what is used differs from test to test")]

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use hs_wasm::error::{Error, Result};
use hs_wasm::host::guest::GuestInstance;
use hs_wasm::host::limits::Limits;
use hs_wasm::host::module::{Code, Module};
use hs_wasm::host::port::{Cell, Guest, JsHost, lend_js};
use hs_wasm::host::state::HostState;
use hs_wasm::host::stdio::{InputPipe, OutputPipe};
use hs_wasm::host::tier::Tier;
use hs_wasm::host::wasi::{self, Stdio, WasiOptions};
use hs_wasm::jsffi::link::Linked;

/// A JavaScript function: the guest that calls it, the arguments, and the values by key.
pub type Function = Box<dyn Fn(&mut dyn Guest, &[Cell], &Values) -> Result<Cell>>;

/// JavaScript values, which are texts here, by key.
#[derive(Clone, Default)]
pub struct Values(Rc<RefCell<std::collections::HashMap<u32, String>>>);

impl Values {
    pub fn get(&self, key: Cell) -> String {
        self.0.borrow().get(&u32::try_from(key).unwrap()).cloned().unwrap_or_default()
    }

    pub fn set(&self, key: Cell, value: impl Into<String>) {
        self.0.borrow_mut().insert(u32::try_from(key).unwrap(), value.into());
    }
}

/// A host of functions in the order of the snippets.
#[derive(Default)]
pub struct FakeJs {
    pub functions: Vec<Function>,
    pub values: Values,
}

impl JsHost for FakeJs {
    fn call(&self, guest: &mut dyn Guest, function: u32, args: &[Cell]) -> Result<Cell> {
        self.functions[function as usize](guest, args, &self.values)
    }

    fn post(&self, _: u32, _: &[Cell]) -> bool {
        false
    }

    fn freed(&self, _: u32) {}

    fn copy(&self, _: &mut dyn Guest, from: u32, to: u32) -> Result<()> {
        let value = self.values.get(from.into());
        self.values.set(to.into(), value);
        Ok(())
    }
}

/// Links the module in the text `wat`, with these records in its `ghc_wasm_jsffi` section.
pub fn link(wat: &str, records: &[[&str; 3]]) -> Result<Linked> {
    link_as(wat, records, Tier::Optimized)
}

/// The same in machine code of a tier.
pub fn link_as(wat: &str, records: &[[&str; 3]], tier: Tier) -> Result<Linked> {
    let mut wasm = wat::parse_str(wat).unwrap();
    if !records.is_empty() {
        wasm.extend(section_of(records));
    }
    let code = Code { tier: Some(tier), ..Code::default() };
    Module::new(wasm, &Linked::KEPT, code).and_then(Linked::new)
}

/// The section `ghc_wasm_jsffi` with these records.
pub fn section_of(records: &[[&str; 3]]) -> Vec<u8> {
    let name = b"ghc_wasm_jsffi";
    let text: String = records.iter().flatten().flat_map(|string| [string, "\0"]).collect();
    let mut section = vec![0];
    let length = 1 + name.len() + text.len();
    // A length of two LEB128 bytes holds what tests need.
    assert!(length < 1 << 14);
    section.push(u8::try_from(length & 0x7F).unwrap() | 0x80);
    section.push(u8::try_from(length >> 7).unwrap());
    section.push(u8::try_from(name.len()).unwrap());
    section.extend(name);
    section.extend(text.bytes());
    section
}

/// A guest with what it prints captured.
pub struct Running {
    pub linked: Linked,
    pub guest: GuestInstance,
    pub js: Rc<FakeJs>,
    pub stdout: OutputPipe,
}

impl Running {
    /// Instantiates the module in the text `wat`.
    pub fn new(wat: &str, records: &[[&str; 3]], js: FakeJs) -> Self {
        Self::with_limits(wat, records, js, Limits::new(None))
    }

    /// The same with limits.
    pub fn with_limits(wat: &str, records: &[[&str; 3]], js: FakeJs, limits: Limits) -> Self {
        Self::of(link(wat, records).unwrap(), js, limits)
    }

    /// Instantiates a module.
    pub fn of(linked: Linked, js: FakeJs, limits: Limits) -> Self {
        Self::given(linked, js, limits, WasiOptions::default())
    }

    /// The same for a guest that is given more.
    pub fn given(linked: Linked, js: FakeJs, limits: Limits, world: WasiOptions) -> Self {
        let stdout = OutputPipe::capture(1 << 20);
        let stdio = Stdio {
            stdin: InputPipe::bytes(Vec::new()),
            stdout: stdout.clone(),
            stderr: OutputPipe::ignore(),
        };
        let wasi = wasi::build(&world, &stdio).unwrap();
        let mut state = HostState::new(wasi, stdio.stdin, limits).with_clock(world.clock.clone());
        state.world = Some(Arc::new(world));
        let guest = block_on(linked.instantiate(state)).unwrap();
        Self { linked, guest, js: Rc::new(js), stdout }
    }

    /// Calls an export with JavaScript lent.
    pub fn call(&mut self, name: &str, args: &[Cell]) -> Result<Cell> {
        let export = self.linked.export(name).unwrap();
        let js = Rc::clone(&self.js);
        lend_js(js, || block_on(self.guest.call(export, args)))
    }
}

/// Runs a future on the runtime whose timers and files WASI uses.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let _entered = hs_wasm::host::engine::runtime().enter();
    pollster::block_on(future)
}

/// The code of an error that was expected.
pub fn code<T>(result: Result<T>) -> &'static str {
    result.err().as_ref().map_or("no error", Error::code)
}
