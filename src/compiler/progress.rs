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
    /// Bytes that are done, where they are counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// How many bytes there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_bytes: Option<u64>,
    /// Time since the work began, in milliseconds.
    pub elapsed_ms: u64,
    /// An estimate of the time that is left, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining_ms: Option<u64>,
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
            bytes: None,
            total_bytes: None,
            elapsed_ms: millis(elapsed),
            remaining_ms: None,
            message: String::new(),
        }
    }

    /// The same report, counting bytes.
    #[must_use]
    pub fn with_bytes(mut self, bytes: u64, total: u64) -> Self {
        (self.bytes, self.total_bytes) = (Some(bytes), Some(total));
        self
    }

    /// The same report with an estimate.
    #[must_use]
    pub fn with_remaining(mut self, remaining: Option<Duration>) -> Self {
        self.remaining_ms = remaining.map(millis);
        self
    }

    /// The same report with a remark.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
