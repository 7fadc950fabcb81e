//! JSFFI from the host's side: GHC's bridge to JavaScript, made of one import module and one custom section.
//!
//! | file | idea |
//! |---|---|
//! | [`section`] | the custom section `ghc_wasm_jsffi`: records of name, binder and body |
//! | [`snippet`] | a record joined with the import that uses it |
//! | [`labels`], [`places`] | whose code is behind a label of GHC's, and where its source is |
//! | [`link`] | a module → everything needed to instantiate it |
//! | [`report`] | what a module's code is made of, by package and module |
//! | [`imports`] | `newJSVal`, `getJSVal`, `freeJSVal`, `scheduleWork` and the snippets as host functions |
//!
//! # Note [JSFFI in four facts]
//!
//! 1. Every `foreign import javascript` is a *synchronous* wasm import; an async one returns a promise.
//! 2. GHC makes the promise of an async export itself, with a snippet, and returns it from the export.
//! 3. A JSVal is a key that `newJSVal` gave for an externref; GHC's garbage collector calls `freeJSVal`.
//!    Here an externref *is* a key (Note [Externrefs are keys] in `host::rewrite`), so `newJSVal` claims it, and
//!    where it is used it is checked to be live (Note [Freed JSVals] in [`imports`]).
//! 4. GHC's scheduler leaves after 15 ms and asks by `scheduleWork` to be called again
//!    (GHC's Note [Async JSFFI scheduler], `rts/wasm/scheduler.cmm`).

mod image;
pub mod imports;
pub mod labels;
pub mod link;
mod places;
pub mod report;
pub mod section;
pub mod snippet;
