//! Making the start of modules.
#![expect(clippy::needless_pass_by_value, reason = "what crosses from JavaScript is owned")]

use napi::Env;
use napi::bindgen_prelude::{Buffer, Object};
use napi_derive::napi;

use super::outcome::promise;
use crate::error::{Error, Result};
use crate::host::engine::runtime;
use crate::host::inspect::inspect;
use crate::host::preinitialize::{preinitialize as start, refused};
use crate::jsffi::link::{Abi, abi_of};

/// Makes the start of the module `wasm`, which was compiled for that. Resolves with the new module.
#[napi(ts_return_type = "Promise<any>")]
pub fn preinitialize(env: Env, wasm: Buffer, rts_options: Vec<String>) -> napi::Result<Object<'static>> {
    let wasm = wasm.to_vec();
    promise(&env, async move {
        let started = runtime().spawn_blocking(move || started(&wasm, &rts_options)).await;
        started.map_err(|failure| Error::Internal(failure.to_string()))?.map(Buffer::from)
    })
}

fn started(wasm: &[u8], rts_options: &[String]) -> Result<Vec<u8>> {
    let inspection = inspect(wasm, |_| false)?;
    if abi_of(&inspection) == Abi::None {
        return Err(refused(
            "is for modules with JSFFI (foreign export javascript), whose runtime starts by itself; that of this module is \
             started by who calls hs_init: leave it out",
        ));
    }
    start(wasm, &inspection, rts_options)
}
