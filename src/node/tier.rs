//! The machine code that an instance runs, as JavaScript hears of it, and when it becomes better.

use std::cell::Cell;

use super::calls::NodeInstance;
use crate::host::guest::GuestInstance;
use crate::host::port::Guest;
use crate::host::tier::Tier;

/// The code of one instance.
#[derive(Debug)]
pub(super) struct Code {
    tier: Cell<Tier>,
    /// Whether the guest is to move as soon as there is better code.
    awaits_better: Cell<bool>,
}

impl Code {
    /// That of a new guest.
    pub(super) fn of(guest: &mut GuestInstance) -> Self {
        let tier = guest.tier();
        Self { tier: Cell::new(tier), awaits_better: Cell::new(tier == Tier::Quick && guest.can_move()) }
    }

    /// Which it was made for.
    pub(super) fn tier(&self) -> Tier {
        self.tier.get()
    }
}

impl NodeInstance {
    /// Has `guest`, which nobody is calling, go on in better code if that is there: see Note [Moving to better code] in
    /// [`crate::host::moving`].
    #[inline]
    pub(super) fn improve(&self, guest: &mut GuestInstance) {
        if self.code.awaits_better.get() && self.linked.is_better_there() {
            self.move_on(guest);
        }
    }

    #[cold]
    fn move_on(&self, guest: &mut GuestInstance) {
        self.js.memory.detach();
        if self.js.memory.is_seen() {
            // It stays visible while JavaScript is being terminated: another time.
            return;
        }
        self.js.queue().hand_over();
        self.js.queue().detach();
        self.linked.improve(guest);
        self.js.queue().attach(&self.linked, guest.queue());
        self.js.memory.refresh(guest.memory());
        self.code.tier.set(guest.tier());
        self.code.awaits_better.set(false);
    }
}
