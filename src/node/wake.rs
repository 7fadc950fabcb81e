//! Telling the event loop that there is something to do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Wake, Waker};

use napi::Env;
use napi::bindgen_prelude::{Function, JsValue};
use napi_derive::napi;

use super::ring::Ring;
use crate::host::stdio::Notice;

/// The event loop of one realm, as seen from other threads. `wake(id)` is called on it for the
/// instance or run numbered `id`. It keeps neither the process nor the realm alive by itself.
#[napi]
pub struct NativeLoop {
    ring: Arc<Ring>,
}

#[napi]
impl NativeLoop {
    /// `wake` gets the number of the instance or run that has something to do. JavaScript keeps it alive.
    #[napi(constructor)]
    pub fn new(env: Env, wake: Function<'_, u32, ()>) -> napi::Result<Self> {
        Ok(Self { ring: Arc::new(Ring::new(&env, wake.raw())?) })
    }
}

impl NativeLoop {
    /// The doorbell of instance or run `id`.
    pub fn bell(&self, id: u32) -> Arc<Bell> {
        Arc::new(Bell { ring: Arc::clone(&self.ring), id, rung: AtomicBool::new(false) })
    }
}

/// Rings for one instance or run; rings that have not been answered are one.
pub struct Bell {
    ring: Arc<Ring>,
    id: u32,
    rung: AtomicBool,
}

impl Bell {
    /// Rings, from any thread. Never waits.
    pub fn ring(&self) {
        if !self.rung.swap(true, Ordering::AcqRel) {
            self.ring.call(self.id);
        }
    }

    /// Says that the ring was heard; to be called before looking what there is to do.
    pub fn answer(&self) {
        self.rung.store(false, Ordering::Release);
    }

    /// A waker that rings.
    pub fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(Arc::clone(self))
    }

    /// A notice that rings.
    pub fn notice(self: &Arc<Self>) -> Notice {
        let bell = Arc::clone(self);
        Arc::new(move || bell.ring())
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.ring();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.ring();
    }
}
