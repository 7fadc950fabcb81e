//! Calls of snippets that JavaScript is given later, many at once.
//!
//! # Note [Queued calls]
//!
//! To enter V8 costs more than most snippets do. A call that gives the guest nothing that it could look at, and of which nobody can
//! tell when it happens, is written into the *queue* instead; before JavaScript runs, or sees that a call into the guest has
//! returned, it is *handed* the queue, in a buffer, and does what is there, in its order, before it does anything
//! else. So the queue is empty whenever other JavaScript runs, or the guest is elsewhere. Which snippets are such is
//! decided in `lib/deferral.js`:
//!
//! - *always*: nothing of the user's runs in them, and they cannot fail (the promise of an export is made, or settled with a number,
//!   or something new is made of arguments);
//! - *granted*: they are such where what they use is as it was when JavaScript last looked (a property that is assigned to
//!   is one without a setter, say). JavaScript looks when the snippet is called, and grants that further calls be queued,
//!   for the same object where it looked at one. Whatever else JavaScript does ends all grants.
//!
//! Before output that is waiting for its stream nothing is queued: the two would change places.
//!
//! A guest that has a grant of its own ([`crate::host::weave`], Note [The woven queue]) writes calls into a memory of its own, which are
//! copied behind those in the buffer when they are handed over. While there are such, the host writes there too. Its grants for what is
//! always queued outlive JavaScript that runs, but not that it takes no queue any more, nor that the guest leaves this thread.
#![expect(unsafe_code, reason = "the queue is memory of a guest, and of a JavaScript buffer")]

use std::cell::{Cell as StdCell, RefCell};

use super::raw::{self, Js, Reference};
use crate::error::{Error, Result};
use crate::host::port::{Cell, MemoryView};
use crate::host::weave::{ANY, CALL_CELLS, Eras, Places, Post};
use crate::jsffi::link::Linked;

/// Where the first call is; `lib/queue.js` reads the same numbers from the binding. Cell 0 is where the last ends, or 0.
pub const FIRST_CALL: usize = 2;
/// JavaScript writes into this cell whether it grants.
pub const GRANT: usize = 1;
/// How many cells the buffer has: room for what the host queues, and for what the guest queues after that.
pub const CELLS: usize = FIRST_CALL + 2 * CALL_CELLS;

/// Whether calls of a snippet are queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Never,
    Always,
    Granted {
        /// Which parameter is the object that the grant is for; none if it is for all calls.
        object: Option<usize>,
    },
}

impl Mode {
    /// As `lib/deferral.js` writes it.
    fn of(number: u32) -> Self {
        match number {
            0 => Self::Never,
            1 => Self::Always,
            2 => Self::Granted { object: None },
            more => Self::Granted { object: Some(more as usize - 3) },
        }
    }
}

/// Where the queue is.
#[derive(Clone, Copy)]
struct Block {
    base: *mut Cell,
    /// Where its calls are, in cells.
    calls: usize,
    count: usize,
}

impl Block {
    fn place(self, index: usize) -> *mut Cell {
        assert!(index < self.count);
        // SAFETY: within the block, which lives as long as it is in use: see `Queue::attach`.
        unsafe { self.base.add(index) }
    }

    fn get(self, index: usize) -> Cell {
        // SAFETY: as in `place`. Only this thread touches it, or the guest that it runs.
        unsafe { self.place(index).read() }
    }

    fn set(self, index: usize, cell: Cell) {
        // SAFETY: as in `get`.
        unsafe { self.place(index).write(cell) };
    }
}

/// The queue of one instance.
pub struct Queue {
    /// What JavaScript is handed.
    cells: *mut Cell,
    block: StdCell<Block>,
    /// The block of a guest that does not write into one.
    own: Box<[StdCell<Cell>]>,
    modes: Vec<Mode>,
    /// For each snippet its place among those that the guest takes note of by itself.
    posts: RefCell<Vec<Option<(usize, Post)>>>,
    /// Changes with the era, and when a key may stand for another object.
    object_era: StdCell<u64>,
    /// For each snippet the era of its grant and the object it is for.
    grants: Vec<StdCell<(u64, Cell)>>,
    /// The guest's own grants that are for objects: their places, and the objects.
    objects: RefCell<Vec<(usize, Cell)>>,
}

impl Queue {
    /// A queue for `buffer`, with what `lib/deferral.js` says of each snippet.
    ///
    /// # Errors
    /// [`Error::Internal`] if the buffer is no buffer of cells.
    pub fn new(env: Js, buffer: &Reference, modes: &[u32]) -> Result<Self> {
        let (data, bytes) = raw::array_buffer(env, buffer);
        if data.align_offset(align_of::<Cell>()) != 0 || bytes != CELLS * size_of::<Cell>() {
            return Err(Error::Internal(format!("{bytes} bytes of queue")));
        }
        let own: Box<[StdCell<Cell>]> = (0..Places::HEAD).map(|_| StdCell::new(0)).collect();
        Ok(Self {
            cells: data.cast(),
            block: StdCell::new(block_of(&own)),
            own,
            modes: modes.iter().map(|mode| Mode::of(*mode)).collect(),
            posts: RefCell::default(),
            object_era: StdCell::new(1),
            grants: modes.iter().map(|_| StdCell::new((0, 0))).collect(),
            objects: RefCell::default(),
        })
    }

    /// The guest is `linked` and can write into `memory`, if it is there. That lives until [`Self::detach`], or is not used any more.
    pub fn attach(&self, linked: &Linked, memory: Option<MemoryView>) {
        let Some(memory) = memory else { return };
        let places = Places::new(linked.module.inspection.known.posts.len());
        assert!(memory.bytes >= places.count() * size_of::<Cell>());
        let base = std::ptr::with_exposed_provenance_mut(memory.base);
        self.change(Block { base, calls: places.calls(), count: places.count() });
        *self.posts.borrow_mut() = linked.posts();
    }

    /// The guest is about to end.
    pub fn detach(&self) {
        self.posts.borrow_mut().clear();
        self.change(block_of(&self.own));
    }

    fn change(&self, block: Block) {
        self.block.set(block);
        self.objects.borrow_mut().clear();
        for grant in &self.grants {
            grant.set((0, 0));
        }
    }

    /// Queues a call, if that may be and there is room.
    #[inline]
    pub fn post(&self, function: u32, args: &[Cell]) -> bool {
        let mode = self.modes[function as usize];
        match mode {
            Mode::Never => return false,
            Mode::Always => self.end_object_grants(),
            Mode::Granted { object } => {
                if self.grants[function as usize].get() != self.grant(object, args) {
                    return false;
                }
            }
        }
        // After what the guest has queued by itself.
        let is_queued = if self.used() > 0 {
            self.post_behind(function, args)
        } else {
            self.post_to_buffer(function, args)
        };
        if is_queued && mode == Mode::Always {
            self.let_guest(function, |_| Some((Eras::Output, ANY.into())));
        }
        is_queued
    }

    fn post_to_buffer(&self, function: u32, args: &[Cell]) -> bool {
        // JavaScript writes a number that is too large where nothing is to be queued.
        let from = self.end();
        let after = from.saturating_add(1 + args.len());
        if after > FIRST_CALL + CALL_CELLS {
            return false;
        }
        self.set_cell(from, function.into());
        for (index, arg) in (from + 1..).zip(args) {
            self.set_cell(index, *arg);
        }
        self.set_cell(0, after as Cell);
        true
    }

    fn post_behind(&self, function: u32, args: &[Cell]) -> bool {
        let (block, from) = (self.block.get(), self.used());
        let after = from + 1 + args.len();
        if after > CALL_CELLS {
            return false;
        }
        let calls = block.calls + from;
        block.set(calls, function.into());
        for (place, arg) in (calls + 1..).zip(args) {
            block.set(place, *arg);
        }
        block.set(Places::END, (after * size_of::<Cell>()) as Cell);
        true
    }

    /// Hands over to JavaScript, which is about to run, what the guest has queued by itself.
    #[inline]
    pub fn hand_over(&self) {
        let used = self.used();
        if used == 0 {
            return;
        }
        let (block, from) = (self.block.get(), self.end());
        block.set(Places::END, 0);
        assert!(used <= CALL_CELLS && from <= FIRST_CALL + CALL_CELLS, "the queue is never fuller than full");
        // SAFETY: `post` and the guest write no calls but behind `calls`, where there is room for so many cells.
        let calls = unsafe { block.base.add(block.calls) };
        // SAFETY: the buffer has so many cells more.
        let to = unsafe { self.cells.add(from) };
        // SAFETY: as above; they are different memories.
        unsafe { to.copy_from_nonoverlapping(calls, used) };
        self.set_cell(0, (from + used) as Cell);
    }

    /// Says that JavaScript runs.
    pub fn end_grants(&self) {
        self.set_era(self.era().wrapping_add(1));
        self.object_era.set(self.object_era.get() + 1);
    }

    /// Says that the guest, which is about to run, may not queue anything by itself that it was not granted since.
    pub fn end_all_grants(&self) {
        self.end_grants();
        let block = self.block.get();
        block.set(Places::OUTPUT_ERA, block.get(Places::OUTPUT_ERA).wrapping_add(1));
    }

    /// Says that the guest is about to run, and that JavaScript may have run.
    #[inline]
    pub fn look(&self) {
        if self.end() >= CELLS {
            self.end_all_grants();
        }
    }

    /// Says that the guest has given up the key `freed`.
    pub fn freed(&self, freed: u32) {
        // Whether a key that a call is made with lives, is looked at here only.
        if self.objects.borrow().iter().any(|(_, object)| *object == Cell::from(freed)) {
            self.end_object_grants();
        }
    }

    /// Keys may stand for other objects.
    fn end_object_grants(&self) {
        self.object_era.set(self.object_era.get() + 1);
        let block = self.block.get();
        for (place, _) in self.objects.borrow_mut().drain(..) {
            block.set(Places::control(place).grant, 0);
        }
        block.set(Places::OBJECTS, 0);
    }

    /// A grant of this moment for `object` of `args`.
    fn grant(&self, object: Option<usize>, args: &[Cell]) -> (u64, Cell) {
        object.map_or_else(|| (self.era().wrapping_add(1), 0), |place| (self.object_era.get(), args[place]))
    }

    /// Runs `call`, a call of `function` with `args` that ends grants for each piece of JavaScript it runs, and takes
    /// note of what JavaScript grants.
    pub fn watch<R>(&self, function: u32, args: &[Cell], call: impl FnOnce() -> Result<R>) -> Result<R> {
        let Mode::Granted { object } = self.modes[function as usize] else { return call() };
        let (era, object_era) = (self.era(), self.object_era.get());
        self.set_cell(GRANT, 0);
        let result = call()?;
        if self.cell(GRANT) == 1 {
            // Nothing ran but the snippet, and that did nothing but what was looked at.
            if self.era() == era.wrapping_add(1) {
                self.set_era(era);
                self.object_era.set(object_era);
            }
            self.grants[function as usize].set(self.grant(object, args));
            if object.is_some() {
                self.block.get().set(Places::OBJECTS, 1);
            }
            if self.end() < CELLS {
                self.let_guest(function, |post| match object {
                    None if post.values == 0 => Some((Eras::Plain, 0)),
                    // The guest compares no argument but the first.
                    Some(0) if post.values == 1 => Some((Eras::Plain, args[0])),
                    _ => None,
                });
            }
        }
        Ok(result)
    }

    /// Lets the guest queue calls of `function` by itself, if it can: in the present one of which eras, and for which object, says `grant`.
    fn let_guest(&self, function: u32, grant: impl FnOnce(Post) -> Option<(Eras, Cell)>) {
        let posts = self.posts.borrow();
        let Some(&Some((place, post))) = posts.get(function as usize) else { return };
        let Some((eras, object)) = grant(post) else { return };
        let (block, control) = (self.block.get(), Places::control(place));
        let era = block.get(eras.cell());
        block.set(control.call, Cell::from(function) | object << 32);
        block.set(control.era, eras as Cell);
        block.set(control.grant, era.wrapping_add(1));
        if post.values != 0 && eras == Eras::Plain {
            let mut objects = self.objects.borrow_mut();
            objects.retain(|(other, _)| *other != place);
            objects.push((place, object));
        }
    }

    /// Where the last call in the buffer ends; beyond the buffer while JavaScript takes none.
    fn end(&self) -> usize {
        usize::try_from(self.cell(0)).unwrap_or(usize::MAX).max(FIRST_CALL)
    }

    /// How many cells of calls the guest has queued by itself, and what came after them.
    fn used(&self) -> usize {
        let bytes = usize::try_from(self.block.get().get(Places::END)).unwrap_or(usize::MAX);
        bytes / size_of::<Cell>()
    }

    fn era(&self) -> u64 {
        self.block.get().get(Places::ERA)
    }

    fn set_era(&self, era: u64) {
        self.block.get().set(Places::ERA, era);
    }

    fn cell(&self, index: usize) -> Cell {
        // SAFETY: as in `in_buffer`; only this thread touches the buffer.
        unsafe { self.in_buffer(index).read() }
    }

    fn set_cell(&self, index: usize, cell: Cell) {
        // SAFETY: as in `cell`.
        unsafe { self.in_buffer(index).write(cell) };
    }

    fn in_buffer(&self, index: usize) -> *mut Cell {
        assert!(index < CELLS);
        // SAFETY: within the buffer, which JavaScript holds as long as it can call us.
        unsafe { self.cells.add(index) }
    }
}

/// The block of a guest that does not write into one.
fn block_of(own: &[StdCell<Cell>]) -> Block {
    let base = own.as_ptr().cast::<Cell>().cast_mut();
    Block { base, calls: own.len(), count: own.len() }
}
