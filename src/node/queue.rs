//! Calls of snippets that JavaScript is given later, many at once.
//!
//! # Note [Queued calls]
//!
//! To enter V8 costs more than most snippets do. A call that gives the guest nothing that it could look at, and of which nobody can
//! tell when it happens, is written into the *queue* instead, a buffer that JavaScript sees; JavaScript does what is there, in
//! its order, before it does anything else: at the beginning of every function that native code calls, and when a
//! call into the guest returns. So the queue is empty whenever other JavaScript runs, or the guest is elsewhere. Which snippets are such is
//! decided in `lib/deferral.js`:
//!
//! - *always*: nothing of the user's runs in them, and they cannot fail (the promise of an export is made, or settled with a number);
//! - *granted*: they are such where what they use is as it was when JavaScript last looked (a property that is assigned to
//!   is one without a setter, say). JavaScript looks when the snippet is called, and grants that further calls be queued,
//!   for the same object where it looked at one. Whatever else JavaScript does ends all grants.
//!
//! Before output that is waiting for its stream nothing is queued: the two would change places.
#![expect(unsafe_code, reason = "the queue is memory of a JavaScript buffer")]

use std::cell::Cell as StdCell;

use super::raw::{self, Js, Reference};
use crate::error::{Error, Result};
use crate::host::port::Cell;

/// Where the first call is; `lib/queue.js` reads the same numbers from the binding. Cell 0 is where the last ends, or 0.
pub const FIRST_CALL: usize = 2;
/// JavaScript writes into this cell whether it grants.
pub const GRANT: usize = 1;

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

/// The queue of one instance.
pub struct Queue {
    cells: *mut Cell,
    count: usize,
    modes: Vec<Mode>,
    /// Changes when JavaScript has run that may have changed what was looked at.
    era: StdCell<u64>,
    /// Changes then too, and when a key may stand for another object.
    object_era: StdCell<u64>,
    /// For each snippet the era of its grant and the object it is for.
    grants: Vec<StdCell<(u64, Cell)>>,
}

impl Queue {
    /// A queue in `buffer`, with what `lib/deferral.js` says of each snippet.
    ///
    /// # Errors
    /// [`Error::Internal`] if the buffer is no buffer of cells.
    pub fn new(env: Js, buffer: &Reference, modes: &[u32]) -> Result<Self> {
        let (data, bytes) = raw::array_buffer(env, buffer);
        let count = bytes / size_of::<Cell>();
        if data.align_offset(align_of::<Cell>()) != 0 || count <= FIRST_CALL {
            return Err(Error::Internal(format!("{bytes} bytes of queue")));
        }
        Ok(Self {
            cells: data.cast(),
            count,
            modes: modes.iter().map(|mode| Mode::of(*mode)).collect(),
            era: StdCell::new(1),
            object_era: StdCell::new(1),
            grants: modes.iter().map(|_| StdCell::new((0, 0))).collect(),
        })
    }

    /// Queues a call, if that may be and there is room.
    #[inline]
    pub fn post(&self, function: u32, args: &[Cell]) -> bool {
        match self.modes[function as usize] {
            Mode::Never => return false,
            Mode::Always => self.object_era.set(self.object_era.get() + 1),
            Mode::Granted { object } => {
                if self.grants[function as usize].get() != self.grant(object, args) {
                    return false;
                }
            }
        }
        // JavaScript writes a number that is too large where nothing is to be queued.
        let end = usize::try_from(self.cell(0)).unwrap_or(usize::MAX).max(FIRST_CALL);
        let after = end.saturating_add(1 + args.len());
        if after > self.count {
            return false;
        }
        self.set_cell(end, function.into());
        for (cell, arg) in (end + 1..after).zip(args) {
            self.set_cell(cell, *arg);
        }
        self.set_cell(0, after as Cell);
        true
    }

    /// Says that JavaScript runs.
    pub fn end_grants(&self) {
        self.era.set(self.era.get() + 1);
        self.object_era.set(self.object_era.get() + 1);
    }

    /// A grant of this moment for `object` of `args`.
    fn grant(&self, object: Option<usize>, args: &[Cell]) -> (u64, Cell) {
        object.map_or((self.era.get(), 0), |place| (self.object_era.get(), args[place]))
    }

    /// Runs `call`, a call of `function` with `args` that ends grants for each piece of JavaScript it runs, and takes
    /// note of what JavaScript grants.
    pub fn watch<R>(&self, function: u32, args: &[Cell], call: impl FnOnce() -> Result<R>) -> Result<R> {
        let Mode::Granted { object } = self.modes[function as usize] else { return call() };
        let (era, object_era) = (self.era.get(), self.object_era.get());
        self.set_cell(GRANT, 0);
        let result = call()?;
        if self.cell(GRANT) == 1 {
            // Nothing ran but the snippet, and that did nothing but what was looked at.
            if self.era.get() == era + 1 {
                self.era.set(era);
                self.object_era.set(object_era);
            }
            self.grants[function as usize].set(self.grant(object, args));
        }
        Ok(result)
    }

    fn cell(&self, index: usize) -> Cell {
        // SAFETY: as in `place`; only this thread touches the buffer.
        unsafe { self.place(index).read() }
    }

    fn set_cell(&self, index: usize, cell: Cell) {
        // SAFETY: as in `cell`.
        unsafe { self.place(index).write(cell) };
    }

    fn place(&self, index: usize) -> *mut Cell {
        assert!(index < self.count);
        // SAFETY: within the buffer, which JavaScript holds as long as it can call us.
        unsafe { self.cells.add(index) }
    }
}
