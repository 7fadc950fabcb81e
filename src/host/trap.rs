//! wasmtime's errors become ours, in V8's words where V8 has words for them.

use wasmtime::{ThrownException, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use super::engine::WASM_STACK_BYTES;
use super::origin::WayBack;
use super::space;
use crate::error::{Error, Frame};

/// Finds out what ended a call: an exit, a JavaScript throw, an error of ours, or a trap.
/// Frames are told as they are in the file, for which `way` is known.
pub fn classify(error: &wasmtime::Error, way: &WayBack) -> Error {
    // Only where they are told: to find their origins costs milliseconds.
    let frames = || {
        let backtrace = error.downcast_ref::<WasmBacktrace>();
        backtrace.map(|backtrace| frames(backtrace, way)).unwrap_or_default()
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
fn frames(backtrace: &WasmBacktrace, way: &WayBack) -> Vec<Frame> {
    let frame = |frame: &wasmtime::FrameInfo| {
        let place = frame.module_offset();
        let index = way.function(frame.func_index(), place)?;
        let offset = place.and_then(|place| way.place(place));
        Some(Frame { function: way.name(index).map(ToOwned::to_owned), index, offset })
    };
    backtrace.frames().iter().filter_map(frame).collect()
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
