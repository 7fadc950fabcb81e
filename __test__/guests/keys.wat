;; JSVals by their keys, which a guest of GHC keeps to itself.
(module
  (import "ghc_wasm_jsffi" "newJSVal" (func $new (param externref) (result i32)))
  (import "ghc_wasm_jsffi" "getJSVal" (func $get (param i32) (result externref)))
  (import "ghc_wasm_jsffi" "freeJSVal" (func $free (param i32)))
  (import "ghc_wasm_jsffi" "scheduleWork" (func $schedule))
  (memory (export "memory") 1)
  (func (export "_initialize"))
  (func (export "rts_promiseThrowTo") (param i32 externref))
  (func (export "make") (param externref) (result i32) (call $new (local.get 0)))
  (func (export "get") (param i32) (result externref) (call $get (local.get 0)))
  (func (export "free") (param i32) (call $free (local.get 0)))
)
