//! The Node-API calls that the hot road makes itself. See Note [The hot road] in [`super`].
#![expect(unsafe_code, reason = "Node-API is a C interface; each call is argued here once")]

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;

use napi::bindgen_prelude::Unknown;
use napi::{Env, JsValue, sys};

/// The JavaScript environment of this thread. Only [`Js::of`] makes one, and nothing that holds one can leave
/// its thread, so it is right wherever it is found.
#[derive(Clone, Copy, Debug)]
pub struct Js(pub(super) sys::napi_env);

impl Js {
    /// The environment of the call we are in.
    pub fn of(env: &Env) -> Self {
        Self(env.raw())
    }
}

/// A reference to a JavaScript value. Must be dropped on its own thread, as everything here.
///
/// # Note [Weak from here, strong from there]
///
/// JavaScript's objects of an instance hold native ones; were the way back strong too, no instance would ever be
/// collected. So native code holds weakly what JavaScript's side of the instance holds strongly (`lib/bridge.js`), and what is
/// running or waiting is held by JavaScript.
#[derive(Debug)]
pub struct Reference {
    env: Js,
    raw: sys::napi_ref,
}

impl Reference {
    /// Keeps `value` alive. `None` if it is not an object or function.
    pub fn strong(env: Js, value: Unknown<'_>) -> Option<Self> {
        Self::new(env, value, 1)
    }

    /// Finds `value` again while others keep it alive. `None` if it is not an object or function.
    pub fn weak(env: Js, value: Unknown<'_>) -> Option<Self> {
        Self::new(env, value, 0)
    }

    fn new(env: Js, value: Unknown<'_>, count: u32) -> Option<Self> {
        let mut raw = ptr::null_mut();
        // SAFETY: `env` and `value` belong to the call we are in.
        let status = unsafe { sys::napi_create_reference(env.0, value.raw(), count, &raw mut raw) };
        (status == sys::Status::napi_ok).then_some(Self { env, raw })
    }

    /// The value, as a handle of the open handle scope; null if it was weak and has been collected.
    pub fn get(&self) -> sys::napi_value {
        let mut value = ptr::null_mut();
        // SAFETY: the reference was not deleted.
        unsafe { sys::napi_get_reference_value(self.env.0, self.raw, &raw mut value) };
        value
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        // SAFETY: deleted once, on the thread of `env`.
        unsafe { sys::napi_delete_reference(self.env.0, self.raw) };
    }
}

/// Runs `body` in a handle scope of its own.
pub fn scoped<R>(env: Js, body: impl FnOnce() -> R) -> R {
    struct Close(Js, sys::napi_handle_scope);
    impl Drop for Close {
        fn drop(&mut self) {
            // SAFETY: opened below, closed once, in reverse order of opening.
            unsafe { sys::napi_close_handle_scope(self.0.0, self.1) };
        }
    }
    let mut scope = ptr::null_mut();
    // SAFETY: `env` is the environment of this thread.
    unsafe { sys::napi_open_handle_scope(env.0, &raw mut scope) };
    let _close = Close(env, scope);
    body()
}

/// Handle scopes for calls that come one after the other: one for many of them, since a scope costs a fifth of a call.
#[derive(Debug)]
pub struct Scopes {
    env: Js,
    open: Cell<sys::napi_handle_scope>,
    /// How many more calls the open one is for.
    left: Cell<u32>,
}

/// How many calls share a scope. Each leaves two handles there.
const CALLS_OF_A_SCOPE: u32 = 256;

impl Scopes {
    /// None is open.
    pub fn new(env: Js) -> Self {
        Self { env, open: Cell::new(ptr::null_mut()), left: Cell::new(0) }
    }

    /// Runs `body`, whose calls have scopes of their own. All are closed when it ends: Node-API ends the process if a
    /// callback leaves one open, or closes one that it has not opened.
    pub fn within<R>(&self, body: impl FnOnce() -> R) -> R {
        struct End<'a>(&'a Scopes, sys::napi_handle_scope, u32);
        impl Drop for End<'_> {
            fn drop(&mut self) {
                self.0.close();
                self.0.open.set(self.1);
                self.0.left.set(self.2);
            }
        }
        let _end = End(self, self.open.replace(ptr::null_mut()), self.left.replace(0));
        body()
    }

    /// Makes sure that a scope is open for one call more.
    fn next(&self) {
        if self.left.get() == 0 {
            self.close();
            let mut scope = ptr::null_mut();
            // SAFETY: `env` is the environment of this thread.
            unsafe { sys::napi_open_handle_scope(self.env.0, &raw mut scope) };
            self.open.set(scope);
            self.left.set(CALLS_OF_A_SCOPE);
        }
        self.left.set(self.left.get() - 1);
    }

    fn close(&self) {
        let scope = self.open.replace(ptr::null_mut());
        if !scope.is_null() {
            // SAFETY: opened by `next` in this `within`, closed once. What was opened after it has been closed: other
            // scopes are those of calls that have returned.
            unsafe { sys::napi_close_handle_scope(self.env.0, scope) };
        }
    }
}

/// Calls a function without arguments that makes no use of `this`, and drops its result. `Err`: it threw, or JavaScript is
/// shutting down; then the exception, if there is one, is pending no more and was the value given.
///
/// Only within [`Scopes::within`].
pub fn call(scopes: &Scopes, function: &Reference) -> Result<(), Option<Reference>> {
    scopes.next();
    let (env, function, mut result) = (scopes.env, function.get(), ptr::null_mut());
    // SAFETY: the function is alive and the handles are of the open scope.
    let status =
        unsafe { sys::napi_call_function(env.0, function, function, 0, ptr::null(), &raw mut result) };
    if status == sys::Status::napi_ok { Ok(()) } else { Err(take_exception(env)) }
}

/// Takes the pending exception. What is not an object (a thrown number) is kept in an array of one.
fn take_exception(env: Js) -> Option<Reference> {
    let mut error = ptr::null_mut();
    // SAFETY: plain getter of this thread's environment.
    let status = unsafe { sys::napi_get_and_clear_last_exception(env.0, &raw mut error) };
    if status != sys::Status::napi_ok {
        return None;
    }
    let mut array = ptr::null_mut();
    // SAFETY: as above.
    unsafe { sys::napi_create_array_with_length(env.0, 1, &raw mut array) };
    // SAFETY: the array and the value are handles of the open scope.
    unsafe { sys::napi_set_element(env.0, array, 0, error) };
    Reference::strong(env, unknown(env, array))
}

/// Throws a value that [`call`] took.
pub fn throw(env: Js, thrown: &Reference) {
    let mut error = ptr::null_mut();
    // SAFETY: the array is alive and has one element.
    unsafe { sys::napi_get_element(env.0, thrown.get(), 0, &raw mut error) };
    // SAFETY: the value is a handle of the open scope.
    unsafe { sys::napi_throw(env.0, error) };
}

/// Address and size in bytes of an `ArrayBuffer`'s store, which stays where it is while the buffer lives
/// and is not transferred.
pub fn array_buffer(env: Js, buffer: &Reference) -> (*mut u8, usize) {
    let (mut data, mut length) = (ptr::null_mut(), 0);
    // SAFETY: the value is alive; on failure (not a buffer) the outputs keep their values.
    unsafe { sys::napi_get_arraybuffer_info(env.0, buffer.get(), &raw mut data, &raw mut length) };
    (data.cast(), length)
}

/// What a hot function does: it has the owner's data and one number, and gives a status (0 is none).
pub type Hot<T> = fn(&T, u32) -> i32;

struct HotData<T> {
    owner: std::rc::Rc<T>,
    hot: Hot<T>,
}

/// Makes a JavaScript function `(number) => status` that keeps `owner` alive. Status 0 is given as `undefined`.
///
/// # Errors
/// When Node-API cannot make it.
pub fn hot_function<T: 'static>(
    env: Js,
    owner: std::rc::Rc<T>,
    hot: Hot<T>,
) -> napi::Result<Unknown<'static>> {
    let data = Box::into_raw(Box::new(HotData { owner, hot }));
    let mut function = ptr::null_mut();
    // SAFETY: `data` lives until the finalizer below; `enter::<T>` reads it as what it is.
    let status = unsafe {
        sys::napi_create_function(env.0, ptr::null(), 0, Some(enter::<T>), data.cast(), &raw mut function)
    };
    napi::check_status!(status)?;
    // SAFETY: called once, when the function can be called no more.
    let status = unsafe {
        sys::napi_add_finalizer(
            env.0,
            function,
            data.cast(),
            Some(finalize::<T>),
            ptr::null_mut(),
            ptr::null_mut(),
        )
    };
    napi::check_status!(status)?;
    Ok(unknown(env, function))
}

/// A handle of the open scope as napi's own type, to be given back to JavaScript at once.
pub(super) fn unknown(env: Js, value: sys::napi_value) -> Unknown<'static> {
    // SAFETY: the value is a handle of `env`; every type is right for `Unknown`.
    unsafe { Unknown::from_raw_unchecked(env.0, value) }
}

unsafe extern "C" fn finalize<T>(_: sys::napi_env, data: *mut c_void, _: *mut c_void) {
    // SAFETY: made by `Box::into_raw` in `hot_function`, given back once.
    drop(unsafe { Box::from_raw(data.cast::<HotData<T>>()) });
}

unsafe extern "C" fn enter<T>(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let mut arguments = [ptr::null_mut()];
    let mut count = 1;
    let mut data = ptr::null_mut();
    // SAFETY: the outputs are as large as `count` says.
    unsafe {
        sys::napi_get_cb_info(
            env,
            info,
            &raw mut count,
            arguments.as_mut_ptr(),
            ptr::null_mut(),
            &raw mut data,
        )
    };
    let mut number = 0;
    // SAFETY: a handle of this call; what is not a number leaves 0.
    unsafe { sys::napi_get_value_uint32(env, arguments[0], &raw mut number) };
    // SAFETY: the function was made by `hot_function::<T>` with this data, and is being called, so is alive.
    let data = unsafe { &*data.cast::<HotData<T>>() };
    let (owner, hot) = (std::rc::Rc::clone(&data.owner), data.hot);
    // A panic must not cross into C.
    let guarded = std::panic::AssertUnwindSafe(|| hot(&owner, number));
    let status = std::panic::catch_unwind(guarded).unwrap_or(super::protocol::PANICKED);
    let mut result = ptr::null_mut();
    if status != 0 {
        // SAFETY: plain constructor in this thread's environment.
        unsafe { sys::napi_create_int32(env, status, &raw mut result) };
    }
    result
}
