//! The running guest, lent to the JavaScript it calls.
//!
//! # Note [The lent guest]
//!
//! A snippet may call an export of the very guest that is calling it. Node-API callbacks are `'static`, so the
//! borrow has to lose its lifetime on the way: [`LendStack::lend`] publishes the pointer for the duration of the JavaScript call
//! and withdraws it afterwards, also on panic. [`LendStack::with`] takes it *out* of the stack while it is used, so there is never
//! a second borrow of one guest: what is called from there finds the guest that is then lent anew, or none.
#![expect(unsafe_code, reason = "a borrow has to pass through a callback that cannot name its lifetime")]

use std::cell::RefCell;
use std::ptr::NonNull;

use crate::host::port::Guest;

struct Lent {
    guest: Option<NonNull<dyn Guest>>,
    may_reenter: bool,
}

/// The calls to JavaScript that are on the stack, of one instance, innermost last.
#[derive(Default)]
pub struct LendStack(RefCell<Vec<Lent>>);

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
        struct Withdraw<'a>(&'a LendStack);
        impl Drop for Withdraw<'_> {
            fn drop(&mut self) {
                self.0.0.borrow_mut().pop();
            }
        }
        let pointer: NonNull<dyn Guest + '_> = NonNull::from(guest);
        // SAFETY: only the lifetime changes. `Withdraw` removes the pointer before the borrow ends.
        let pointer: NonNull<dyn Guest> = unsafe { std::mem::transmute(pointer) };
        self.0.borrow_mut().push(Lent { guest: Some(pointer), may_reenter });
        let _withdraw = Withdraw(self);
        body()
    }

    /// What is possible now.
    pub fn reach(&self) -> Reach {
        match self.0.borrow().last() {
            None => Reach::Outside,
            Some(lent) if lent.may_reenter => Reach::Reentrant,
            Some(_) => Reach::Forbidden,
        }
    }

    /// Runs `body` with the guest that is lent; `None` if none is.
    pub fn with<R>(&self, body: impl FnOnce(&mut dyn Guest) -> R) -> Option<R> {
        struct PutBack<'a>(&'a LendStack, usize, NonNull<dyn Guest>);
        impl Drop for PutBack<'_> {
            fn drop(&mut self) {
                if let Some(lent) = self.0.0.borrow_mut().get_mut(self.1) {
                    lent.guest = Some(self.2);
                }
            }
        }
        let (place, pointer) = {
            let mut stack = self.0.borrow_mut();
            let place = stack.len().checked_sub(1)?;
            (place, stack[place].guest.take()?)
        };
        let mut put_back = PutBack(self, place, pointer);
        // SAFETY: the pointer was found in the stack, so the `lend` that put it there has not returned and its borrow
        // lives; it was taken out, so nobody else has it until `put_back` is dropped.
        Some(body(unsafe { put_back.2.as_mut() }))
    }
}
