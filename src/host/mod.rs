//! The host: wasmtime, WASI and the running of guests. It knows neither Haskell nor Node.
//!
//! | file | idea |
//! |---|---|
//! | [`engine`] | the engines of the process, the ticker of slices, the tokio runtime |
//! | [`space`] | getting by with little address space |
//! | [`inspect`] | what a wasm file says of itself: kind, imports, exports, custom sections |
//! | [`sizes`] | how large its parts are |
//! | [`rewrite`] | externrefs become integer keys before compilation |
//! | [`bulk`] | long bulk operations become pieces before compilation |
//! | [`edits`], [`origin`] | changes of a file, and what it was before them |
//! | [`weave`] | checks for interruption are added before compilation; [`checks`] what they ask, [`pace`] how often |
//! | [`source`] | the file of a module, read when it is wanted; [`known`] what is known of files without reading them |
//! | [`precompiled`] | machine code kept on disk and mapped |
//! | [`preinitialize`] | a module whose start has been made |
//! | [`background`] | work that nobody waits for |
//! | [`module`] | bytes → compiled [`module::Module`] |
//! | [`keys`] | which keys of JavaScript values are live |
//! | [`state`] | the data of a store; [`limits`] its bounds |
//! | [`wasi`], [`stdio`] | WASI preview1 and its three streams |
//! | [`clock`], [`poll`] | a clock moved by hand, and waiting by it; [`random`] bytes from a seed |
//! | [`linker`] | the imports every guest may have: WASI [`preview1`], and our [`corrections`] of it |
//! | [`guest`] | an instantiated module and the calls into it; [`exports`] what it exports |
//! | [`snapshot`] | what instances are that have started, for others to begin in |
//! | [`tier`] | code that is there soon, or runs fast |
//! | [`moving`] | a guest goes on in better code; [`contents`] how its memory comes along |
//! | [`control`] | when a guest gives way, and when it stops |
//! | [`desk`] | where a guest is while it is away from JavaScript |
//! | [`fuel`] | how much guests may execute |
//! | [`sampler`], [`functions`] | what guests compute, and how that is called |
//! | [`wait`] | waiting for a guest with JavaScript on the stack |
//! | [`port`] | what host and JavaScript may ask of each other |
//! | [`stack`] | leaving a fiber's stack for the thread's own |
//! | [`trap`] | wasmtime's errors → ours |
//!
//! # Note [Guests are fibers]
//!
//! Every call into a guest is a `call_async` future: wasmtime runs the guest on a stack of its own,
//! and a wait (`poll_oneoff`, a file, stdin) suspends that stack and never a thread. The future is
//! `Send`, so whoever polls it decides where the guest runs: the JavaScript thread first, a tokio worker when that takes
//! longer ([`control`], [`desk`]). JavaScript itself must never run on a
//! fiber's stack (V8 takes it for an overflow), so an import leaves it first: see
//! Note [JavaScript runs on the thread's own stack] in [`stack`].

mod background;
pub mod bulk;
pub mod checks;
pub mod clock;
mod contents;
pub mod control;
mod corrections;
pub mod desk;
pub mod edits;
pub mod engine;
pub mod exports;
pub mod fuel;
pub mod functions;
pub mod guest;
pub mod inspect;
pub mod keys;
mod known;
pub mod limits;
pub mod linker;
pub mod module;
mod moving;
pub mod origin;
pub mod pace;
mod poll;
pub mod port;
pub mod precompiled;
pub mod preinitialize;
pub mod preview1;
mod random;
pub mod rewrite;
pub mod sampler;
pub mod sizes;
mod snapshot;
pub mod source;
pub mod space;
pub mod stack;
pub mod state;
pub mod stdio;
pub mod tier;
pub mod trap;
pub mod wait;
pub mod wasi;
pub mod weave;
