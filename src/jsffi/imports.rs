//! The import module `ghc_wasm_jsffi` as host functions.
//!
//! # Note [Freed JSVals]
//!
//! GHC looks a `JSVal` up (`getJSVal`) right before it gives it to a snippet. Upstream that look-up fails for a freed one,
//! and can neither say what wanted it nor let GHC 9.14's `freeJSVal` be called twice, which its documentation
//! allows: there the snippet `try { …unregister($1) } catch {}` comes first, and its look-up throws before the `try`.
//! So here the look-up gives every key back as it is (calls of it are left out: see [`crate::host::weave`]), and a freed one is noticed where it is used: as an argument of a snippet
//! (whose text is then known), as the result of an export (`host::guest`), or when it is claimed again.
#![expect(
    unsafe_code,
    reason = "untyped host functions: a typed one cannot be made for a signature found in a file"
)]

use std::mem::MaybeUninit;

use wasmtime::{Caller, Engine, FuncType, Linker, ValRaw, ValType};

use super::section::JSFFI;
use super::snippet::Snippet;
use crate::error::{Error, Result};
use crate::host::checks::ask_next;
use crate::host::guest::{CallerGuest, keys_exhausted};
use crate::host::inspect::{Import, Signature, Type};
use crate::host::keys::{CLAIM, Claim, GIVE_UP, LOOK_UP, stale};
use crate::host::port::{Cell, JsHost, low_bits, with_lent};
use crate::host::state::HostState;

/// Arguments that fit here need no allocation.
const INLINE_ARGS: usize = 8;

/// Whether GHC's runtime imports this itself; every other import is a snippet.
pub fn is_runtime(name: &str) -> bool {
    matches!(name, CLAIM | LOOK_UP | GIVE_UP | "scheduleWork")
}

/// Defines what the module imports from `ghc_wasm_jsffi`.
///
/// # Errors
/// [`Error::InvalidModule`] if a runtime import has another type than GHC gives it.
pub fn define(linker: &mut Linker<HostState>, imports: &[&Import], snippets: &[Snippet]) -> Result<()> {
    for import in imports {
        let defined = match import.name.as_str() {
            CLAIM => linker.func_wrap(JSFFI, CLAIM, new_jsval),
            LOOK_UP => linker.func_wrap(JSFFI, LOOK_UP, get_jsval),
            GIVE_UP => linker.func_wrap(JSFFI, GIVE_UP, free_jsval),
            "scheduleWork" => linker.func_wrap(JSFFI, "scheduleWork", schedule_work),
            _ => continue,
        };
        defined.map_err(|error| Error::InvalidModule(format!("{error:#}")))?;
    }
    for (index, snippet) in snippets.iter().enumerate() {
        let index = u32::try_from(index).map_err(|_| Error::InvalidModule("too many snippets".into()))?;
        define_snippet(linker, index, snippet).map_err(|error| Error::InvalidModule(format!("{error:#}")))?;
    }
    Ok(())
}

/// Called where the guest has not claimed the key by itself: see [`crate::host::weave`].
fn new_jsval(mut caller: Caller<'_, HostState>, key: u32) -> wasmtime::Result<u32> {
    match caller.data_mut().keys.claim(key) {
        Some(Claim::Own(key)) => Ok(key),
        Some(Claim::Copy { from, to }) => {
            with_js(&mut caller, |js, guest| js.copy(guest, from, to))?;
            Ok(to)
        }
        None => Err(wasmtime::Error::new(stale(CLAIM, key, ""))),
    }
}

/// See Note [Freed JSVals].
fn get_jsval(key: u32) -> u32 {
    key
}

/// As [`new_jsval`].
fn free_jsval(mut caller: Caller<'_, HostState>, key: u32) -> wasmtime::Result<()> {
    if caller.data_mut().keys.release(key) {
        with_lent(|lent| {
            if let Some(lent) = lent {
                lent.js().freed(key);
            }
        });
        Ok(())
    } else {
        Err(wasmtime::Error::new(stale(GIVE_UP, key, ", not even a second freeJSVal")))
    }
}

/// Only notes the wish; see Note [JSFFI in four facts] in [`super`].
fn schedule_work(mut caller: Caller<'_, HostState>) {
    caller.data_mut().schedule = true;
}

/// Calls snippet number `index`: later if that may be, where `read` of `args` are all that it reads, else now.
fn call_snippet(
    caller: &mut Caller<'_, HostState>,
    index: u32,
    args: &[Cell],
    read: Option<usize>,
) -> wasmtime::Result<Cell> {
    let post = |read| with_lent(|lent| lent.is_some_and(|lent| lent.js().post(index, &args[..read])));
    if read.is_some_and(post) {
        return Ok(0);
    }
    with_js(caller, |js, guest| js.call(guest, index, args))
}

/// Calls JavaScript for the guest that is calling us, wherever it runs: see Note [Hops] in [`crate::host::desk`].
fn with_js<R: Send>(
    caller: &mut Caller<'_, HostState>,
    body: impl FnOnce(&dyn JsHost, &mut CallerGuest<'_, '_>) -> Result<R> + Send,
) -> wasmtime::Result<R> {
    let done = with_lent(|lent| {
        if let Some(lent) = lent {
            return lent.enter(|js| body(&**js, &mut CallerGuest::new(caller, js)));
        }
        let desk = caller.data().desk.clone();
        let away = || Error::Internal("JavaScript was called away from its thread".into());
        let served = desk.ok_or_else(away)?.hop(|js| body(&**js, &mut CallerGuest::new(caller, js)));
        // It has been summoned.
        ask_next(caller);
        served
    });
    done.map_err(wasmtime::Error::new)
}

fn define_snippet(linker: &mut Linker<HostState>, index: u32, snippet: &Snippet) -> wasmtime::Result<()> {
    let params = snippet.signature.params.len();
    let result = snippet.signature.results.first().copied();
    // Of a 32-bit value only the low half is written.
    let mask = |ty: &Type| if matches!(ty, Type::I64 | Type::F64) { Cell::MAX } else { Cell::from(u32::MAX) };
    let masks: Vec<Cell> = snippet.signature.params.iter().map(mask).collect();
    let values: Vec<usize> = snippet.signature.values().collect();
    // A number would be looked at at once.
    let read = match result {
        None => Some(params),
        Some(Type::ExternRef) => Some(params + 1),
        Some(_) => None,
    };
    let (body, forgives) = (snippet.body.clone(), snippet.forgives_freed());
    let call = move |mut caller: Caller<'_, HostState>, cells: &mut [MaybeUninit<ValRaw>]| {
        // One cell more than there are parameters: the key for a JavaScript value as the result.
        let mut inline = [0; INLINE_ARGS + 1];
        let mut allocated = Vec::new();
        let args: &mut [Cell] = if params <= INLINE_ARGS {
            &mut inline[..=params]
        } else {
            allocated.resize(params + 1, 0);
            &mut allocated
        };
        for ((arg, cell), mask) in args.iter_mut().zip(&cells[..params]).zip(&masks) {
            // SAFETY: wasmtime initialises one cell for each parameter of the function's type, which has `params`.
            *arg = unsafe { cell.assume_init() }.get_u64() & mask;
        }
        let keys = &mut caller.data_mut().keys;
        if let Some(freed) = values.iter().map(|place| low_bits(args[*place])).find(|key| !keys.is_live(*key))
        {
            if forgives {
                return Ok(());
            }
            let wanted = format!("; the import {body:?} was called with it");
            return Err(wasmtime::Error::new(stale(LOOK_UP, freed, &wanted)));
        }
        if result == Some(Type::ExternRef) {
            keys.sweep_if_large();
            args[params] = Cell::from(keys.reserve().ok_or_else(|| wasmtime::Error::new(keys_exhausted()))?);
        }
        let value = call_snippet(&mut caller, index, args, read)?;
        if let Some(ty) = result {
            let value = if ty == Type::ExternRef { args[params] } else { value };
            cells[0].write(raw(ty, value));
        }
        Ok(())
    };
    let ty = func_type(linker.engine(), &snippet.signature);
    // SAFETY: the closure reads as many parameters as `ty` has and writes its result with the type `ty` says.
    unsafe { linker.func_new_unchecked(JSFFI, &snippet.name, ty, call) }.map(|_| ())
}

fn raw(ty: Type, value: Cell) -> ValRaw {
    let low = low_bits(value);
    match ty {
        Type::I64 => ValRaw::u64(value),
        Type::F32 => ValRaw::f32(low),
        Type::F64 => ValRaw::f64(value),
        _ => ValRaw::u32(low),
    }
}

fn func_type(engine: &Engine, signature: &Signature) -> FuncType {
    let ty = |ty: &Type| match ty {
        Type::I64 => ValType::I64,
        Type::F32 => ValType::F32,
        Type::F64 => ValType::F64,
        _ => ValType::I32,
    };
    FuncType::new(engine, signature.params.iter().map(ty), signature.results.iter().map(ty))
}
