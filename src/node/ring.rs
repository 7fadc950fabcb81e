//! A function of JavaScript's that any thread may call with a number.
//!
//! napi's `ThreadsafeFunction` holds the function, and so the whole realm it is from: under Jest no test file would ever be
//! collected. This one finds the function weakly. It never keeps the process alive, and says so to those who look for open handles
//! (`hasRef`, which Jest's `--detectOpenHandles` asks).
#![expect(unsafe_code, reason = "Node-API is a C interface; each call is argued here once")]

use std::ffi::c_void;
use std::ptr;
use std::sync::{Arc, PoisonError, RwLock};

use napi::bindgen_prelude::{JsValue, Object};
use napi::{Env, sys};

use super::raw::{Js, Reference, unknown};

/// Whatever can be called from any thread.
pub struct Ring {
    open: Open,
}

/// Node's half, until it is closed.
type Open = Arc<RwLock<Option<Handle>>>;

struct Handle(sys::napi_threadsafe_function);

// SAFETY: Node-API makes it for being called and released on any thread.
unsafe impl Send for Handle {}
// SAFETY: as above.
unsafe impl Sync for Handle {}

/// What Node's half has, on the JavaScript thread.
struct Context {
    function: Reference,
    open: Open,
}

impl Ring {
    /// Calls `function` while JavaScript keeps it alive.
    ///
    /// # Errors
    /// When it is no function, or Node-API cannot make what is needed.
    pub fn new(env: &Env, function: sys::napi_value) -> napi::Result<Self> {
        let js = Js::of(env);
        let not_a_function = || napi::Error::from_reason("not a function");
        let function = Reference::weak(js, unknown(js, function)).ok_or_else(not_a_function)?;
        let mut resource = Object::new(env)?;
        resource.set("hasRef", env.create_function_from_closure::<(), bool, _>("hasRef", |_| Ok(false))?)?;
        let name = env.create_string("hs-wasm")?;
        let open = Open::default();
        let context = Box::into_raw(Box::new(Context { function, open: Arc::clone(&open) })).cast();
        let mut handle = ptr::null_mut();
        // SAFETY: the handles are of the open scope; `context` lives until `finalize`, which is called once.
        let status = unsafe {
            sys::napi_create_threadsafe_function(
                env.raw(),
                ptr::null_mut(),
                resource.raw(),
                name.raw(),
                0,
                1,
                context,
                Some(finalize),
                context,
                Some(call),
                &raw mut handle,
            )
        };
        if status != sys::Status::napi_ok {
            // SAFETY: Node has not taken it.
            drop(unsafe { Box::from_raw(context.cast::<Context>()) });
        }
        napi::check_status!(status)?;
        // SAFETY: the handle was made just now, on this thread.
        let status = unsafe { sys::napi_unref_threadsafe_function(env.raw(), handle) };
        napi::check_status!(status)?;
        *open.write().unwrap_or_else(PoisonError::into_inner) = Some(Handle(handle));
        Ok(Self { open })
    }

    /// Has the function called with `number`, some time on its own thread.
    pub fn call(&self, number: u32) {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(Handle(handle)) = &*open {
            let data = ptr::without_provenance_mut(number as usize);
            let mode = sys::ThreadsafeFunctionCallMode::nonblocking;
            // SAFETY: the handle is open while the lock is held. It fails only when JavaScript is shutting down.
            unsafe { sys::napi_call_threadsafe_function(*handle, data, mode) };
        }
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        let handle = self.open.write().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Handle(handle)) = handle {
            let mode = sys::ThreadsafeFunctionReleaseMode::release;
            // SAFETY: it was open, and nobody finds it any more.
            unsafe { sys::napi_release_threadsafe_function(handle, mode) };
        }
    }
}

unsafe extern "C" fn call(env: sys::napi_env, _: sys::napi_value, context: *mut c_void, number: *mut c_void) {
    if env.is_null() {
        return; // JavaScript is shutting down.
    }
    // SAFETY: made in `Ring::new`; `finalize` comes after the last call.
    let context = unsafe { &*context.cast::<Context>() };
    let function = context.function.get();
    if function.is_null() {
        return;
    }
    let (mut this, mut argument, mut result) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
    let number = u32::try_from(number.addr()).unwrap_or_default();
    // SAFETY: plain getter; Node has opened a scope for this call, on the thread of `env`.
    unsafe { sys::napi_get_undefined(env, &raw mut this) };
    // SAFETY: as above.
    unsafe { sys::napi_create_uint32(env, number, &raw mut argument) };
    // SAFETY: all handles are of this scope, and the argument lives during the call.
    let status =
        unsafe { sys::napi_call_function(env, this, function, 1, &raw const argument, &raw mut result) };
    if status != sys::Status::napi_pending_exception {
        return;
    }
    let mut error = ptr::null_mut();
    // SAFETY: plain getter. It fails when JavaScript is shutting down.
    let status = unsafe { sys::napi_get_and_clear_last_exception(env, &raw mut error) };
    if status == sys::Status::napi_ok {
        // SAFETY: the error is of this scope. Nobody called, so it is uncaught.
        unsafe { sys::napi_fatal_exception(env, error) };
    }
}

unsafe extern "C" fn finalize(_: sys::napi_env, context: *mut c_void, _: *mut c_void) {
    // SAFETY: made in `Ring::new`, given back once.
    let context = unsafe { Box::from_raw(context.cast::<Context>()) };
    // Threads that still ring find nothing from here on.
    *context.open.write().unwrap_or_else(PoisonError::into_inner) = None;
}
