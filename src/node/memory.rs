//! Linear memory as an `ArrayBuffer`, without copying.
//!
//! # Note [Views of linear memory]
//!
//! `memory.buffer` is an external `ArrayBuffer` over the guest's memory, made when it is first asked for. As with V8's own
//! memories it is detached when the memory grows, so every old view becomes empty; [`MemoryBuffer::refresh`] is called
//! at every crossing to JavaScript. It is detached as well before the guest goes to a worker, for no view may race with a
//! running guest; who asks for the buffer then makes the guest stand still first. And it is detached before the store is
//! dropped: a view must never outlive the memory.
//! The base of the memory moves only when it grows, and only where addresses are scarce ([`crate::host::space`]), so a buffer that
//! is not detached is right.
//!
//! # Note [What V8 knows of memory]
//!
//! An instance is small on V8's heap, and its memory is not there: without being told, V8 sees no reason to collect garbage in a
//! program that makes instances and disposes of none. So it is told of the memory, except while there is a buffer, which it counts
//! itself. It is told a quarter: GHC's runtime asks for megabytes that it does not touch, and what V8 is told brings its
//! collections nearer, each of which holds up the event loop for milliseconds.
//!
//! # Note [Terminated JavaScript]
//!
//! While JavaScript is being terminated (`worker.terminate()`, the `timeout` of a `vm`) and its frames are unwound, V8 detaches
//! nothing, and Node-API takes that for the end of the process. A buffer stays then; and what it shows has to stay as well,
//! since after the timeout of a `vm` other JavaScript goes on: [`super::calls::NodeInstance`] keeps the guest until it can be
//! detached.
#![expect(unsafe_code, reason = "hands memory of the host to the JavaScript engine")]

use std::cell::{Cell, RefCell};
use std::ptr;

use napi::bindgen_prelude::Unknown;
use napi::{JsValue, sys};

use super::raw::{self, Js, Reference, scoped};
use crate::host::port::MemoryView;
use crate::host::space::is_scarce;

/// V8 is told one byte of so many.
const TOLD_OF: usize = 4;

/// The buffer of one instance, if one was asked for.
#[derive(Debug)]
pub struct MemoryBuffer {
    env: Js,
    view: Cell<Option<MemoryView>>,
    buffer: RefCell<Option<Reference>>,
    /// What V8 was told last; see Note [What V8 knows of memory].
    told: Cell<usize>,
}

impl MemoryBuffer {
    /// No buffer yet.
    pub fn new(env: Js) -> Self {
        Self { env, view: Cell::new(None), buffer: RefCell::new(None), told: Cell::new(0) }
    }

    /// Takes note of where the memory is now; detaches the buffer if that has changed.
    pub fn refresh(&self, view: Option<MemoryView>) {
        if self.view.replace(view) != view {
            self.detach();
            self.tell();
        }
    }

    /// See Note [What V8 knows of memory].
    fn tell(&self) {
        let bytes = if self.is_seen() { 0 } else { self.bytes() / TOLD_OF };
        let change = bytes.cast_signed() - self.told.replace(bytes).cast_signed();
        if change != 0 {
            let mut all = 0;
            // SAFETY: called on the thread of the environment, which is alive as long as instances are.
            unsafe { sys::napi_adjust_external_memory(self.env.0, change as i64, &raw mut all) };
        }
    }

    /// Takes note of the size of the memory in the middle of a call, where it cannot be asked for its base; 0 if the size is not
    /// known. If it may have moved, there is nothing to be seen until the call has ended.
    pub fn resize(&self, bytes: usize) {
        if let Some(view) = self.view.get().filter(|view| view.bytes < bytes) {
            self.refresh((!is_scarce()).then_some(MemoryView { bytes, ..view }));
        }
    }

    /// How many bytes the memory had at the last crossing.
    pub fn bytes(&self) -> usize {
        self.view.get().map_or(0, |view| view.bytes)
    }

    /// Whether there may be views of the memory.
    pub fn is_seen(&self) -> bool {
        self.buffer.borrow().is_some()
    }

    /// Detaches the buffer, which has to happen before the store is dropped; see Note [Terminated JavaScript].
    pub fn detach(&self) {
        let Some(reference) = self.buffer.borrow_mut().take() else { return };
        let detached = scoped(self.env, || {
            let buffer = reference.get();
            if buffer.is_null() {
                return true;
            }
            let mut has_element = false;
            // SAFETY: the value is alive. Asked for its refusal only, which tells that V8 is terminating.
            let status = unsafe { sys::napi_has_element(self.env.0, buffer, 0, &raw mut has_element) };
            if status != sys::Status::napi_ok {
                return false;
            }
            // SAFETY: the buffer is an ArrayBuffer that we made and that JavaScript cannot have transferred: external
            // buffers can, in newer versions, and are then detached already, which is what we want.
            unsafe { sys::napi_detach_arraybuffer(self.env.0, buffer) };
            true
        });
        if detached {
            self.tell();
        } else {
            *self.buffer.borrow_mut() = Some(reference);
        }
    }

    /// The buffer, as a handle of the open scope; made if there is none. `owner` is an object that keeps the
    /// store alive; the buffer keeps it, and is itself held weakly (Note [Weak from here, strong from there]).
    pub fn get(&self, owner: Unknown<'_>) -> Option<Unknown<'static>> {
        let made = self.buffer.borrow().as_ref().map(Reference::get);
        if let Some(buffer) = made.filter(|buffer| !buffer.is_null()) {
            return Some(raw::unknown(self.env, buffer));
        }
        let view = self.view.get()?;
        let mut value = ptr::null_mut();
        // SAFETY: base and size are those of a memory whose store lives at least until `detach`, which every road to
        // dropping the store and to running the guest elsewhere calls first, so nothing races.
        let status = unsafe {
            sys::napi_create_external_arraybuffer(
                self.env.0,
                view.base as *mut _,
                view.bytes,
                None,
                ptr::null_mut(),
                &raw mut value,
            )
        };
        if status != sys::Status::napi_ok {
            return None;
        }
        // SAFETY: both are handles of the open scope; the name is a C string.
        unsafe { sys::napi_set_named_property(self.env.0, value, c"__hsWasmOwner".as_ptr(), owner.raw()) };
        let buffer = raw::unknown(self.env, value);
        *self.buffer.borrow_mut() = Reference::weak(self.env, buffer);
        self.tell();
        Some(buffer)
    }
}
