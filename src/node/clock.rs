//! Clocks that JavaScript moves. The one unsafe function takes the clock out of a class instance.
#![expect(unsafe_code, reason = "Node-API's conversions are unsafe functions")]

use std::time::Duration;

use napi::bindgen_prelude::{FromNapiValue, TypeName};
use napi::{ValueType, sys};
use napi_derive::napi;

use crate::host::clock::ManualClock;

/// A clock for guests that stands still until it is moved. Times are in milliseconds, checked by `lib/clock.js`.
#[napi]
pub struct NativeClock {
    clock: ManualClock,
}

#[napi]
impl NativeClock {
    /// A clock that shows the time `now` since 1970.
    #[napi(constructor)]
    pub fn new(now: f64) -> Self {
        Self { clock: ManualClock::new(milliseconds(now)) }
    }

    /// The time since 1970.
    #[napi]
    pub fn now(&self) -> f64 {
        let wall = self.clock.wall();
        #[expect(
            clippy::cast_precision_loss,
            reason = "more milliseconds than a number holds are 285,000 years"
        )]
        let whole = wall.as_millis() as f64;
        whole + f64::from(wall.subsec_nanos() % 1_000_000) / 1e6
    }

    /// Moves on by so much.
    #[napi]
    pub fn advance(&self, by: f64) {
        self.clock.advance(milliseconds(by));
    }

    /// Sets the time since 1970.
    #[napi]
    pub fn set(&self, now: f64) {
        self.clock.set_wall(milliseconds(now));
    }
}

/// By its parts: seconds as a floating-point number would not be exact.
fn milliseconds(number: f64) -> Duration {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be >= 0 and safe"
    )]
    let (whole, nanoseconds) = (number as u64, (number.fract() * 1e6) as u64);
    Duration::from_millis(whole) + Duration::from_nanos(nanoseconds)
}

/// The clock of a [`NativeClock`], on any thread.
pub struct ClockHandle(pub(super) ManualClock);

impl TypeName for ClockHandle {
    fn type_name() -> &'static str {
        "NativeClock"
    }

    fn value_type() -> ValueType {
        ValueType::Object
    }
}

impl FromNapiValue for ClockHandle {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> napi::Result<Self> {
        // SAFETY: what the caller promises of `env` and `value` is what is asked for here.
        let clock = unsafe { <&NativeClock>::from_napi_value(env, value) }?;
        Ok(Self(clock.clock.clone()))
    }
}
