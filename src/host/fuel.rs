//! How much guests may execute.
//!
//! # Note [Fuel]
//!
//! Fuel is counted by code compiled for it ([`super::engine::counting_engine`]). A store has one tank, but there may be several limits:
//! the instance's, and one for each call that has its own. So the gauge counts what was spent since the beginning, each
//! limit is a mark on that count, and before every call into the guest the tank is filled up to the nearest mark.

use std::collections::BTreeMap;

use super::guest::GuestInstance;
use crate::error::Error;

/// A limit: how much may be spent, and, once it has begun, the count at which that is reached.
#[derive(Debug)]
struct Mark {
    fuel: u64,
    at: Option<u64>,
}

/// The gauge of one instance.
#[derive(Debug)]
pub struct Gauge {
    limit: u64,
    spent: u64,
    filled: u64,
    marks: BTreeMap<u32, Mark>,
    last: u32,
}

impl Gauge {
    /// For a guest that may spend `limit` and whose tank was filled with it.
    pub fn new(limit: u64) -> Self {
        Self { limit, spent: 0, filled: limit, marks: BTreeMap::new(), last: 0 }
    }

    /// Adds a limit of `fuel` from the next call into the guest on; its number is for [`Self::lift`].
    pub fn limit(&mut self, fuel: u64) -> u32 {
        self.last = self.last.wrapping_add(1);
        self.marks.insert(self.last, Mark { fuel, at: None });
        self.last
    }

    /// Ends a limit.
    pub fn lift(&mut self, number: u32) {
        self.marks.remove(&number);
    }

    /// Reads the guest's tank; gives what is left of the instance's limit.
    pub fn read(&mut self, guest: &GuestInstance) -> u64 {
        let left = guest.fuel();
        self.spent += self.filled.saturating_sub(left);
        self.filled = left;
        self.limit.saturating_sub(self.spent)
    }

    /// Reads the tank and fills it up to the nearest mark.
    pub fn fill(&mut self, guest: &mut GuestInstance) {
        let left = self.read(guest);
        let spent = self.spent;
        let marks =
            self.marks.values_mut().map(|mark| *mark.at.get_or_insert(spent.saturating_add(mark.fuel)));
        self.filled =
            marks.map(|at| at.saturating_sub(spent)).min().map_or(left, |nearest| nearest.min(left));
        guest.set_fuel(self.filled);
    }

    /// The error for an empty tank: whose limit it was.
    pub fn empty(&self) -> Error {
        let at = self.spent + self.filled;
        let call = self.marks.values().find(|mark| mark.at == Some(at));
        let message = match call {
            Some(mark) => format!("a call has used its fuel of {}", mark.fuel),
            None => format!("the guest has used its fuel of {}", self.limit),
        };
        Error::Limit { limit: "fuel", message }
    }
}
