//! Progress of long work: installing the toolchain, compiling modules.
//!
//! One plain record for every phase, so that a caller needs one way to show it. This file does not
//! decide how often progress is reported, and it never fails.

use std::time::Duration;

use serde::Serialize;

/// A report that work goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// What kind of work, such as `fetch`, `library` or `compiling`.
    pub phase: String,
    /// What is being worked on, such as a package or a module.
    pub name: String,
    /// Its number in the phase, from 1.
    pub index: u32,
    /// How many there are in the phase.
    pub total: u32,
    /// Time since the work began, in milliseconds.
    pub elapsed_ms: u64,
    /// A remark for the user, often empty.
    pub message: String,
}

impl Progress {
    /// A report about item `index` of `total`.
    pub fn new(phase: &str, name: &str, index: u32, total: u32, elapsed: Duration) -> Self {
        Self {
            phase: phase.to_owned(),
            name: name.to_owned(),
            index,
            total,
            elapsed_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            message: String::new(),
        }
    }

    /// The same report with a remark.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }
}
