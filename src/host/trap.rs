//! wasmtime's errors become ours, in V8's words where V8 has words for them.

use wasmtime::{ThrownException, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use super::engine::WASM_STACK_BYTES;
use super::origin::Origin;
use super::space;
use crate::error::{Error, Frame};

/// Finds out what ended a call: an exit, a JavaScript throw, an error of ours, or a trap.
pub fn classify(error: &wasmtime::Error, origin: Option<&Origin>) -> Error {
    let frames = || {
        let backtrace = error.downcast_ref::<WasmBacktrace>();
        backtrace.map(|backtrace| frames(backtrace, origin)).unwrap_or_default()
    };
    match error.downcast_ref::<Error>() {
        // A host function that refuses does not know who called it; wasmtime does.
        Some(Error::Trap { trap, message, .. }) => {
            return Error::Trap { trap: trap.clone(), message: message.clone(), frames: frames() };
        }
        Some(own) => return own.clone(),
        None => {}
    }
    if let Some(exit) = error.downcast_ref::<I32Exit>() {
        return Error::Exit(exit.0);
    }
    if error.is::<ThrownException>() {
        let message = "a wasm exception was thrown and not caught".to_owned();
        return Error::Trap { trap: "UncaughtException".into(), message, frames: frames() };
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => {
            Error::Limit { limit: "fuel", message: "the guest has used its fuel".into() }
        }
        Some(Trap::StackOverflow) => {
            let message = format!(
                "Maximum call stack size exceeded: the guest's calls are nested too deeply for its stack of {WASM_STACK_BYTES} bytes"
            );
            Error::Limit { limit: "stack", message }
        }
        Some(trap) => Error::Trap { trap: format!("{trap:?}"), message: words(*trap), frames: frames() },
        None if space::is_exhausted(error) => space::exhausted(error),
        None => Error::Trap { trap: "HostError".into(), message: format!("{error:#}"), frames: frames() },
    }
}

/// The calls on the stack, as they are in the file.
fn frames(backtrace: &WasmBacktrace, origin: Option<&Origin>) -> Vec<Frame> {
    let is_own = |frame: &&wasmtime::FrameInfo| origin.is_none_or(|origin| origin.has(frame.func_index()));
    let place = |place| origin.map_or(place, |origin| origin.place(place));
    let frame = |frame: &wasmtime::FrameInfo| Frame {
        function: frame.func_name().map(ToOwned::to_owned),
        index: frame.func_index(),
        offset: frame.module_offset().map(place),
    };
    backtrace.frames().iter().filter(is_own).map(frame).collect()
}

/// What V8 says of the same trap.
fn words(trap: Trap) -> String {
    match trap {
        Trap::UnreachableCodeReached => "unreachable".into(),
        Trap::MemoryOutOfBounds => "memory access out of bounds".into(),
        Trap::TableOutOfBounds => "table index is out of bounds".into(),
        Trap::IndirectCallToNull | Trap::BadSignature => {
            "null function or function signature mismatch".into()
        }
        Trap::IntegerDivisionByZero => "divide by zero".into(),
        Trap::IntegerOverflow => "divide result unrepresentable".into(),
        Trap::BadConversionToInteger => "float unrepresentable in integer range".into(),
        other => other.to_string(),
    }
}
