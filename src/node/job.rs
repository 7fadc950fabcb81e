//! Long work that can be stopped and tells how far it is.

use std::future::Future;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use napi::Status;
use napi::bindgen_prelude::Function;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::compiler::progress::Progress;
use crate::compiler::trace::Trace;
use crate::error::{Error, Result};

/// How long an exit may wait for work to end.
const FAREWELL: Duration = Duration::from_millis(100);

type Callback = ThreadsafeFunction<Value, (), Value, Status, false, true, 0>;

/// One piece of work. Made before it starts, so that it can be stopped at any time. It lives as long as JavaScript
/// holds it, which `lib/job.js` does until the work has ended.
#[napi]
pub struct NativeJob {
    stop: Arc<Notify>,
    progress: Option<Arc<Callback>>,
    /// Held by the work, if it has not begun by the job: nothing is ever sent, but the last one to let go is heard.
    at_work: Mutex<Option<Sender<()>>>,
    ended: Mutex<Receiver<()>>,
    trace: Trace,
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
        let (at_work, ended) = channel();
        Ok(Self {
            stop: Arc::default(),
            progress: progress.map(callback).transpose()?,
            at_work: Mutex::new(Some(at_work)),
            ended: Mutex::new(ended),
            trace: Trace::default(),
        })
    }

    /// What a compilation has looked at until now: `{ read, absent }`.
    #[napi]
    pub fn seen(&self) -> Value {
        json!(self.trace.seen())
    }

    /// Stops the work: it rejects, and the programs it started end.
    #[napi]
    pub fn abort(&self) {
        self.stop.notify_one();
    }

    /// Stops the work and waits a moment until its programs and its temporary files are gone: the process is about to end.
    #[napi]
    pub fn end(&self) {
        self.abort();
        drop(self.at_work.lock().unwrap_or_else(PoisonError::into_inner).take());
        // An error is what is waited for: there is nobody left who could send.
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(FAREWELL).ok();
    }
}

impl Drop for NativeJob {
    /// Nobody is left who would hear of it: its realm ends, as a worker's that is terminated.
    fn drop(&mut self) {
        self.abort();
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

    /// Where a compilation notes what it looks at.
    pub fn trace(&self) -> Trace {
        self.trace.clone()
    }

    /// `work`, unless it is stopped. Stopping drops it, which ends the processes it started.
    pub fn stoppable<T, W: Future<Output = Result<T>>>(
        &self,
        work: W,
    ) -> impl Future<Output = Result<T>> + use<T, W> {
        let stop = Arc::clone(&self.stop);
        let at_work = self.at_work.lock().unwrap_or_else(PoisonError::into_inner).take();
        async move {
            let _at_work = at_work;
            tokio::select! {
                done = work => done,
                () = stop.notified() => Err(Error::Aborted),
            }
        }
    }
}
