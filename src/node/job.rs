//! Long work that can be stopped and tells how far it is.

use std::future::Future;
use std::sync::Arc;

use napi::Status;
use napi::bindgen_prelude::Function;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::compiler::progress::Progress;
use crate::error::{Error, Result};

type Callback = ThreadsafeFunction<Value, (), Value, Status, false, true, 0>;

/// One piece of work. Made before it starts, so that it can be stopped at any time.
#[napi]
pub struct NativeJob {
    stop: Arc<Notify>,
    progress: Option<Arc<Callback>>,
}

#[napi]
impl NativeJob {
    /// `progress` is called with each step.
    #[napi(constructor)]
    pub fn new(progress: Option<Function<'_, Value, ()>>) -> napi::Result<Self> {
        let callback = |progress: Function<'_, Value, ()>| {
            progress
                .build_threadsafe_function()
                .callee_handled::<false>()
                .weak::<true>()
                .build()
                .map(Arc::new)
        };
        Ok(Self { stop: Arc::default(), progress: progress.map(callback).transpose()? })
    }

    /// Stops the work: it rejects, and the programs it started end.
    #[napi]
    pub fn abort(&self) {
        self.stop.notify_one();
    }
}

impl NativeJob {
    /// What the work calls to tell how far it is.
    pub fn progress(&self) -> impl Fn(Progress) + Send + Sync + use<> {
        let callback = self.progress.clone();
        move |progress| {
            if let Some(callback) = &callback {
                callback.call(json!(progress), ThreadsafeFunctionCallMode::NonBlocking);
            }
        }
    }

    /// `work`, unless it is stopped. Stopping drops it, which ends the processes it started.
    pub fn stoppable<T, W: Future<Output = Result<T>>>(
        &self,
        work: W,
    ) -> impl Future<Output = Result<T>> + use<T, W> {
        let stop = Arc::clone(&self.stop);
        async move {
            tokio::select! {
                done = work => done,
                () = stop.notified() => Err(Error::Aborted),
            }
        }
    }
}
