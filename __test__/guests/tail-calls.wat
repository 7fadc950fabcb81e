;; Tail calls, which GHC's wasm backend emitted for some months of 2025: a million in a row, and one of an import.
(module
  (import "ghc_wasm_jsffi" "newJSVal" (func $new (param externref) (result i32)))
  (import "ghc_wasm_jsffi" "getJSVal" (func $get (param i32) (result externref)))
  (import "ghc_wasm_jsffi" "freeJSVal" (func $free (param i32)))
  (import "ghc_wasm_jsffi" "scheduleWork" (func $schedule))
  (import "ghc_wasm_jsffi" "ZC0ZCmainZCTailCallsZC" (func $twice (param i32) (result i32))) ;; ($1) => 2 * $1

  (memory (export "memory") 1)
  (table funcref (elem $sum))
  (type $sum (func (param i32 i64) (result i64)))
  (func (export "_initialize"))
  (func (export "rts_promiseThrowTo") (param i32 externref))

  (func $sum (export "sum") (type $sum)
    (if (result i64) (i32.eqz (local.get 0))
      (then (local.get 1))
      (else
        (return_call_indirect (type $sum)
          (i32.sub (local.get 0) (i32.const 1))
          (i64.add (local.get 1) (i64.extend_i32_u (local.get 0)))
          (i32.const 0)))))
  (func (export "twice") (param i32) (result i32) (return_call $twice (local.get 0)))
  (func (export "kept") (param externref) (result externref)
    (return_call $get (call $new (local.get 0))))
)
