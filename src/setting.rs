//! A value that a process decides once: asked for in time, or else what it is by default.
//!
//! Each setting stands where it is used. It is fixed by the first who asks for a value or who needs one, for all
//! threads and for good: what was built with it (an engine, a pool of threads) cannot be built again.

use std::fmt::Debug;

use once_cell::sync::OnceCell;

use crate::error::{Error, Result};

/// A value, and who decided it.
#[derive(Debug)]
struct Fixed<T> {
    value: T,
    by: String,
}

/// A setting of the process.
#[derive(Debug)]
pub struct Setting<T> {
    /// Path of the option, such as `configure.options.sliceMs`.
    option: &'static str,
    /// The value where nobody asks for one, and what that follows from.
    default: fn() -> (T, &'static str),
    fixed: OnceCell<Fixed<T>>,
}

impl<T: Debug + PartialEq> Setting<T> {
    /// A setting that nobody has decided yet.
    pub const fn new(option: &'static str, default: fn() -> (T, &'static str)) -> Self {
        Self { option, default, fixed: OnceCell::new() }
    }

    /// The value; from now on it is fixed.
    pub fn get(&self) -> &T {
        let by_default = || {
            let (value, why) = (self.default)();
            Fixed { value, by: format!("the first use of hs-wasm in this process ({why})") }
        };
        &self.fixed.get_or_init(by_default).value
    }

    /// Whether `wanted` can still be, or is already, the value.
    ///
    /// # Errors
    /// [`Error::Configured`] if it is fixed with another.
    pub fn check(&self, wanted: Option<&T>) -> Result<()> {
        match (wanted, self.fixed.get()) {
            (Some(wanted), Some(fixed)) if fixed.value != *wanted => Err(Error::Configured(format!(
                "{}: {wanted:?} was asked for, but it is {:?}, fixed by {}; call configure() before anything else, or \
                 with the same value",
                self.option, fixed.value, fixed.by
            ))),
            _ => Ok(()),
        }
    }

    /// Fixes the value as `by` asked for, if it is not fixed yet.
    ///
    /// # Errors
    /// [`Error::Configured`] if it is fixed with another.
    pub fn fix(&self, wanted: Option<T>, by: &str) -> Result<()> {
        let Some(value) = wanted else { return Ok(()) };
        match self.fixed.try_insert(Fixed { value, by: by.into() }) {
            Ok(_) => Ok(()),
            Err((_, refused)) => self.check(Some(&refused.value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting() -> Setting<u32> {
        Setting::new("configure.options.x", || (5, "its default"))
    }

    #[test]
    fn the_first_use_fixes_the_default() {
        let setting = setting();
        assert!(setting.check(Some(&6)).is_ok());
        assert_eq!(*setting.get(), 5);
        assert!(setting.check(None).is_ok());
        assert!(setting.fix(Some(5), "configure()").is_ok());
        let error = setting.fix(Some(6), "configure()").expect_err("it is fixed");
        assert_eq!(error.code(), "ERR_HS_CONFIGURED");
        let text = error.to_string();
        for part in ["configure.options.x: 6", "it is 5", "the first use of hs-wasm", "(its default)"] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn the_first_wish_counts() {
        let setting = setting();
        assert!(setting.fix(None, "nobody").is_ok());
        assert!(setting.fix(Some(7), "configure() at a.js:1:2").is_ok());
        assert_eq!(*setting.get(), 7);
        let text = setting.check(Some(&8)).expect_err("it is fixed").to_string();
        assert!(text.contains("fixed by configure() at a.js:1:2"), "{text}");
    }
}
