//! What crosses to JavaScript: `{ ok: value }` or `{ error: record }`. See Note [Errors cross as records].
#![expect(unsafe_code, reason = "napi's conversion trait is made of unsafe functions")]

use std::future::Future;

use napi::bindgen_prelude::{JsValue, Object, ToNapiValue};
use napi::{Env, sys};

use crate::error::Result;
use crate::host::engine::runtime;

/// A result on its way to JavaScript.
#[derive(Debug)]
pub struct Outcome<T>(pub Result<T>);

impl<T: ToNapiValue> ToNapiValue for Outcome<T> {
    unsafe fn to_napi_value(env: sys::napi_env, outcome: Self) -> napi::Result<sys::napi_value> {
        let mut object = Object::new(&Env::from_raw(env))?;
        match outcome.0 {
            Ok(value) => object.set("ok", value)?,
            Err(error) => object.set("error", error.record())?,
        }
        // SAFETY: `env` is the environment we were called with.
        unsafe { ToNapiValue::to_napi_value(env, object) }
    }
}

/// The one road from a future to a promise: runs it on tokio and resolves with its outcome, made into
/// a JavaScript value on the JavaScript thread.
///
/// # Errors
/// When Node-API cannot make a promise.
pub fn promise<T, F>(env: &Env, future: F) -> napi::Result<Object<'static>>
where
    T: ToNapiValue + Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let (deferred, promise) = env.create_deferred()?;
    runtime().spawn(async move {
        // A panic must settle the promise too, or its caller would wait for ever.
        let outcome = match tokio::spawn(future).await {
            Ok(outcome) => outcome,
            Err(failure) => Err(crate::error::Error::Internal(failure.to_string())),
        };
        deferred.resolve(move |_| Ok(Outcome(outcome)));
    });
    Ok(Object::from_raw(env.raw(), promise.raw()))
}

/// The same road for callers that cannot wait for a promise, such as `require`: blocks the JavaScript thread until the
/// future is done. Works inside a call of a guest too, where this thread already is in the runtime's hands.
pub fn wait<T, F>(future: F) -> Outcome<T>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let (done, outcome) = std::sync::mpsc::sync_channel(1);
    // Nobody listens any more only if this thread is gone.
    runtime().spawn(async move { drop(done.send(future.await)) });
    let panicked = |_| Err(crate::error::Error::Internal("the work panicked".into()));
    Outcome(outcome.recv().unwrap_or_else(panicked))
}
