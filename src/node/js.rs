//! JavaScript as a guest's host sees it: the snippets of one instance.
#![expect(unsafe_code, reason = "the cells are memory of a JavaScript buffer")]

use std::cell::RefCell;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::lend::LendStack;
use super::memory::MemoryBuffer;
use super::queue::Queue;
use super::raw::{self, Js, Reference, Scopes};
use crate::error::{Error, Result};
use crate::host::engine::ticks;
use crate::host::keys::KeyTable;
use crate::host::port::{Cell, Guest, JsHost, lend_js};

/// Cells before the arguments. `lib/bridge.js` reads the same number from the binding.
pub const FIRST_ARG: usize = 8;

/// The cell with the time of the last return to JavaScript, in ticks.
pub const TICK: usize = 2;

/// The cells with slots whose values JavaScript is to let go: how many, and the first of them.
pub const RELEASED: usize = 3;
/// How many slots there is room for.
const MOST_RELEASED: usize = FIRST_ARG - RELEASED - 1;

/// Bits of cell 0, which JavaScript looks at after every call.
pub mod flag {
    /// `rts_schedulerLoop` is wanted.
    pub const SCHEDULE: u64 = 1;
    /// There are values to let go, more than [`super::RELEASED`] has room for.
    pub const RELEASED: u64 = 2;
    /// There is output to take, or the guest wants input.
    pub const STREAMS: u64 = 4;
    /// There are values to let go, whose slots are in [`super::RELEASED`].
    pub const FEW_RELEASED: u64 = 8;
}

/// What JavaScript gives to an instance when it is made.
pub struct Hooks {
    /// The shims of the snippets: functions without arguments that read and write the cells.
    pub shims: Vec<Reference>,
    /// The queue.
    pub queue: Queue,
    /// Copies a value from the key in the first argument cell to the one in the second.
    pub copy: Reference,
    /// Sees to the guest's streams.
    pub serve: Reference,
}

/// Arguments of a call into the guest. Few of them need no allocation.
pub struct Args {
    few: [Cell; Self::FEW],
    more: Vec<Cell>,
    count: usize,
}

impl Args {
    const FEW: usize = 4;
}

impl Deref for Args {
    type Target = [Cell];

    fn deref(&self) -> &[Cell] {
        if self.count <= Self::FEW { &self.few[..self.count] } else { &self.more }
    }
}

/// The JavaScript side of one instance.
pub struct NodeJs {
    pub(super) env: Js,
    /// Handle scopes of the calls to JavaScript.
    scopes: Scopes,
    hooks: Hooks,
    /// For each snippet whether it may call back into the guest.
    reentrant: Vec<bool>,
    cells: *mut Cell,
    count: usize,
    /// The running guest.
    pub lent: LendStack,
    /// `memory.buffer`.
    pub memory: MemoryBuffer,
    /// What JavaScript threw through the guest.
    pub thrown: RefCell<Option<Reference>>,
    /// What ended a nested call: the guest that called JavaScript must not go on.
    pub doomed: RefCell<Option<Error>>,
    /// Whether the guest's streams want something; seen to before JavaScript is called.
    pub streams: Arc<AtomicBool>,
}

impl NodeJs {
    /// Takes the hooks and the buffer of cells.
    ///
    /// # Errors
    /// [`Error::Internal`] if the buffer is too small for the widest function.
    pub fn new(
        env: Js,
        hooks: Hooks,
        reentrant: Vec<bool>,
        buffer: &Reference,
        widest: usize,
        streams: Arc<AtomicBool>,
    ) -> Result<Self> {
        let (data, bytes) = raw::array_buffer(env, buffer);
        let count = bytes / size_of::<Cell>();
        if data.align_offset(align_of::<Cell>()) != 0 || count < FIRST_ARG + widest + 1 {
            return Err(Error::Internal(format!(
                "{bytes} bytes of cells for functions of {widest} parameters"
            )));
        }
        Ok(Self {
            env,
            scopes: Scopes::new(env),
            hooks,
            reentrant,
            cells: data.cast(),
            count,
            lent: LendStack::default(),
            memory: MemoryBuffer::new(env),
            thrown: RefCell::new(None),
            doomed: RefCell::new(None),
            streams,
        })
    }

    /// Lends this to the guest that `body` polls, and hands over what it has queued.
    pub fn lend<R>(self: &Rc<Self>, body: impl FnOnce() -> R) -> R {
        let result = self.within(|| lend_js(Rc::clone(self) as Rc<_>, body));
        self.hooks.queue.hand_over();
        result
    }

    /// Runs `body`, which may call JavaScript; nothing of the calls is left when it ends.
    pub fn within<R>(&self, body: impl FnOnce() -> R) -> R {
        self.hooks.queue.end_grants();
        self.hooks.queue.look();
        self.scopes.within(body)
    }

    /// The queue.
    pub fn queue(&self) -> &Queue {
        &self.hooks.queue
    }

    /// Reads cell `index`, counted from the first argument.
    pub fn arg(&self, index: usize) -> Cell {
        assert!(FIRST_ARG + index < self.count);
        // SAFETY: within the buffer, which `lib/bridge.js` holds as long as it can call us or be called.
        let cell = unsafe { self.cells.add(FIRST_ARG + index) };
        // SAFETY: as above; only this thread touches the buffer.
        unsafe { cell.read() }
    }

    /// Reads the first `count` cells, counted from the first argument.
    pub fn args(&self, count: usize) -> Args {
        let mut args = Args { few: [0; Args::FEW], more: Vec::new(), count };
        if count <= Args::FEW {
            for (index, cell) in args.few[..count].iter_mut().enumerate() {
                *cell = self.arg(index);
            }
        } else {
            args.more = (0..count).map(|index| self.arg(index)).collect();
        }
        args
    }

    /// Writes cell `index`, counted from the first argument.
    pub fn set_arg(&self, index: usize, cell: Cell) {
        assert!(FIRST_ARG + index < self.count);
        // SAFETY: as in `arg`.
        let place = unsafe { self.cells.add(FIRST_ARG + index) };
        // SAFETY: as in `arg`.
        unsafe { place.write(cell) };
    }

    /// Writes one of the cells before the arguments.
    fn set_cell(&self, index: usize, cell: Cell) {
        assert!(index < FIRST_ARG);
        // SAFETY: `new` has seen that there are more cells than these.
        let place = unsafe { self.cells.add(index) };
        // SAFETY: as in `arg`.
        unsafe { place.write(cell) };
    }

    /// Writes the cells from the first argument on.
    fn set_args(&self, cells: &[Cell]) {
        assert!(FIRST_ARG + cells.len() <= self.count);
        // SAFETY: as in `arg`.
        let place = unsafe { self.cells.add(FIRST_ARG) };
        // SAFETY: as in `arg`; `cells` are not of this buffer, which nobody borrows.
        unsafe { place.copy_from_nonoverlapping(cells.as_ptr(), cells.len()) };
    }

    /// Writes the key that `reserve` made into cell 1.
    pub fn set_key(&self, key: u32) {
        self.set_cell(1, key.into());
    }

    /// Writes the flags for JavaScript, and what it is to let go of `keys`.
    pub fn set_flags(&self, keys: Option<&mut KeyTable>, schedule: bool) {
        let mut flags = 0;
        if let Some(keys) = keys.filter(|keys| keys.has_released()) {
            flags |= flag::FEW_RELEASED;
            let mut count = 0;
            for slot in keys.take_released(MOST_RELEASED) {
                count += 1;
                self.set_cell(RELEASED + count, slot.into());
            }
            self.set_cell(RELEASED, count as Cell);
            if keys.has_released() {
                flags |= flag::RELEASED;
            }
        }
        if schedule {
            flags |= flag::SCHEDULE;
        }
        if self.streams.load(Ordering::Acquire) {
            flags |= flag::STREAMS;
        }
        self.set_cell(0, flags);
        self.set_cell(TICK, ticks());
    }

    /// Calls one of the hooks for `guest`.
    fn run(&self, guest: &mut dyn Guest, function: &Reference, may_reenter: bool) -> Result<()> {
        self.hooks.queue.hand_over();
        if self.streams.load(Ordering::Acquire) {
            // What the guest printed before this call comes before what the snippet prints.
            self.hooks.queue.end_grants();
            raw::call(&self.scopes, &self.hooks.serve).map_err(|thrown| self.keep(thrown))?;
        }
        self.hooks.queue.end_grants();
        if guest.has_grown() {
            self.memory.refresh(guest.memory());
        }
        self.lent
            .lend(guest, may_reenter, || raw::call(&self.scopes, function))
            .map_err(|thrown| self.keep(thrown))?;
        self.hooks.queue.look();
        match self.doomed.borrow().as_ref() {
            Some(error) => Err(error.clone()),
            None => Ok(()),
        }
    }

    fn keep(&self, thrown: Option<Reference>) -> Error {
        match thrown {
            Some(thrown) => {
                *self.thrown.borrow_mut() = Some(thrown);
                Error::JsThrow
            }
            None => Error::Closed("JavaScript is shutting down".into()),
        }
    }
}

impl JsHost for NodeJs {
    fn call(&self, guest: &mut dyn Guest, function: u32, args: &[Cell]) -> Result<Cell> {
        self.set_args(args);
        let place = function as usize;
        self.hooks
            .queue
            .watch(function, args, || self.run(guest, &self.hooks.shims[place], self.reentrant[place]))?;
        Ok(self.arg(0))
    }

    fn post(&self, function: u32, args: &[Cell]) -> bool {
        !self.streams.load(Ordering::Acquire) && self.hooks.queue.post(function, args)
    }

    fn freed(&self, key: u32) {
        self.hooks.queue.freed(key);
    }

    fn copy(&self, guest: &mut dyn Guest, from: u32, to: u32) -> Result<()> {
        self.set_arg(0, from.into());
        self.set_arg(1, to.into());
        self.run(guest, &self.hooks.copy, false)
    }
}
