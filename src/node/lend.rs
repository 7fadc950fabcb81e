//! The running guest, lent to the JavaScript it calls.
//!
//! # Note [The lent guest]
//!
//! A snippet may call an export of the very guest that is calling it. Node-API callbacks are `'static`, so the
//! borrow has to lose its lifetime on the way: [`LendStack::lend`] publishes the pointer for the duration of the JavaScript call
//! and withdraws it afterwards, also on panic. [`LendStack::with`] takes it *out* of the stack while it is used, so there is never
//! a second borrow of one guest: what is called from there finds the guest that is then lent anew, or none.
#![expect(unsafe_code, reason = "a borrow has to pass through a callback that cannot name its lifetime")]

use std::cell::Cell;
use std::ptr::NonNull;

use crate::host::port::Guest;

/// Lies in the frame of its [`LendStack::lend`].
struct Lent {
    guest: Cell<Option<NonNull<dyn Guest>>>,
    may_reenter: bool,
}

/// The calls to JavaScript that are on the stack, of one instance, by the innermost.
#[derive(Default)]
pub struct LendStack(Cell<Option<NonNull<Lent>>>);

/// What the innermost call to JavaScript allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// There is no call to JavaScript on the stack.
    Outside,
    /// The guest may be called.
    Reentrant,
    /// The guest called with a sync import of an ABI that allows no re-entry.
    Forbidden,
}

impl LendStack {
    /// Runs `body`, in which `guest` can be reached through [`Self::with`].
    pub fn lend<R>(&self, guest: &mut dyn Guest, may_reenter: bool, body: impl FnOnce() -> R) -> R {
        struct Withdraw<'a>(&'a LendStack, Option<NonNull<Lent>>);
        impl Drop for Withdraw<'_> {
            fn drop(&mut self) {
                self.0.0.set(self.1);
            }
        }
        let pointer: NonNull<dyn Guest + '_> = NonNull::from(guest);
        // SAFETY: only the lifetime changes. `Withdraw` removes the pointer before the borrow ends.
        let pointer: NonNull<dyn Guest> = unsafe { std::mem::transmute(pointer) };
        let lent = Lent { guest: Cell::new(Some(pointer)), may_reenter };
        let _withdraw = Withdraw(self, self.0.replace(Some(NonNull::from(&lent))));
        body()
    }

    /// What is possible now.
    pub fn reach(&self) -> Reach {
        match self.innermost() {
            None => Reach::Outside,
            Some(lent) if lent.may_reenter => Reach::Reentrant,
            Some(_) => Reach::Forbidden,
        }
    }

    /// Runs `body` with the guest that is lent; `None` if none is.
    pub fn with<R>(&self, body: impl FnOnce(&mut dyn Guest) -> R) -> Option<R> {
        struct PutBack<'a>(&'a Lent, NonNull<dyn Guest>);
        impl Drop for PutBack<'_> {
            fn drop(&mut self) {
                self.0.guest.set(Some(self.1));
            }
        }
        let lent = self.innermost()?;
        let mut put_back = PutBack(lent, lent.guest.take()?);
        // SAFETY: the pointer was found in the stack, so the `lend` that put it there has not returned and its borrow
        // lives; it was taken out, so nobody else has it until `put_back` is dropped.
        Some(body(unsafe { put_back.1.as_mut() }))
    }

    fn innermost(&self) -> Option<&Lent> {
        // SAFETY: `Withdraw` removes the pointer before the frame ends in which `lend` has put it. Who holds the reference is
        // called from there, and is done before it returns.
        self.0.get().map(|lent| unsafe { lent.as_ref() })
    }
}
