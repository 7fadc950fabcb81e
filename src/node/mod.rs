//! The skin: Node-API over the layers below. Nothing here decides anything about Haskell or wasm.
//!
//! | file | idea |
//! |---|---|
//! | [`outcome`] | what crosses: a value or an error record |
//! | [`job`] | long work: progress out, a stop in |
//! | [`wake`] | telling the event loop that there is something to do |
//! | [`ring`] | a function that any thread may call |
//! | [`raw`] | the Node-API calls that the hot road makes itself |
//! | [`queue`] | calls of snippets that JavaScript is given later |
//! | [`lend`] | the running guest, lent to the JavaScript it calls |
//! | [`js`] | JavaScript as a guest's host sees it |
//! | [`memory`] | linear memory as an `ArrayBuffer` |
//! | [`stdio`] | stream options → pipes |
//! | [`clock`] | clocks that JavaScript moves |
//! | [`protocol`] | the numbers in which JavaScript and the hot functions speak |
//! | [`tier`] | going on in better code |
//! | [`calls`] | entering, waiting, coming back |
//! | [`ending`] | what is left of an instance, and who sees to it |
//! | [`module`], [`instance`], [`command`] | loading, reactors, commands |
//! | [`compile`], [`toolchain`] | GHC |
//! | [`preinitialize`] | the start of modules, made beforehand |
//! | [`configure`] | what a process decides once |
//! | [`kept_code`] | V8's code of this package, between processes |
//!
//! # Note [Errors cross as records]
//!
//! An error object made by an addon belongs to the realm in which the addon was loaded first: under Jest
//! `instanceof Error` is then false. So nothing here throws; functions return `{ ok }` or `{ error: { code, … } }`
//! and JavaScript makes the error. Only what JavaScript itself threw is thrown again, as the same value.
//!
//! # Note [The hot road]
//!
//! `#[napi]` costs 100 ns a call, more than the call itself. So entering a guest and calling a snippet use
//! Node-API directly: no arguments and no results but numbers, everything else through *cells*, an `ArrayBuffer`
//! of the instance that JavaScript sees as typed arrays. Storing into a typed array converts exactly as
//! the WebAssembly JavaScript API does (ToInt32, ToNumber, ToBigInt64), errors included.

pub mod calls;
pub mod clock;
pub mod command;
pub mod compile;
pub mod configure;
mod ending;
pub mod instance;
pub mod job;
pub mod js;
pub mod kept_code;
pub mod lend;
pub mod memory;
pub mod module;
pub mod outcome;
pub mod preinitialize;
pub mod protocol;
pub mod queue;
pub mod raw;
pub mod ring;
pub mod stdio;
mod tier;
pub mod toolchain;
pub mod wake;
