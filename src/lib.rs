//! # hs-wasm
//!
//! Haskell as a Node.js library. GHC's wasm backend compiles it ([`compiler`]), wasmtime runs it with real
//! WASI ([`host`]), GHC's JavaScript FFI is bridged to V8 ([`jsffi`]), and Node-API is the skin ([`node`]).
//!
//! Layers are strict: `node` may use `jsffi`, `host` and `compiler`; `jsffi` may use `host`; nothing points
//! back; [`error`], [`eviction`], [`identity`], [`sealed`] and [`zdecode`] stand below all. Only `node` names Node-API, and it sits behind the feature `node`, so that
//! `cargo test --no-default-features` needs no Node and no GHC.
//!
//! # The journey of one call
//!
//! 1. `exports.fib(30)` in JavaScript: `lib/bridge.js` writes the arguments into cells that both sides see,
//!    and calls native code with the number of the export.
//! 2. `node::calls` makes a future of the call, lends JavaScript to it and polls it ([`host::port`]).
//! 3. The guest runs on a fiber ([`host::guest`]). GHC's stub makes a promise with a snippet.
//! 4. A snippet on the way: [`jsffi::imports`] leaves the fiber's stack ([`host::stack`]) and calls the JavaScript
//!    function; JavaScript values are keys throughout ([`host::rewrite`], [`host::keys`]).
//! 5. The export returns the key of the promise; `lib/bridge.js` looks the promise up and gives it to the caller.
//! 6. If the guest waits (a timer, a file, stdin), the future is pending: the event loop turns, and the waker
//!    brings the JavaScript thread back to step 2.

pub mod compiler;
pub mod error;
pub mod eviction;
pub mod host;
pub mod identity;
pub mod jsffi;
#[cfg(feature = "node")]
#[doc(hidden)]
pub mod node;
pub mod sealed;
pub mod setting;
pub mod zdecode;
