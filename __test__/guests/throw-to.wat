;; Asynchronous exports of GHC 9.14: their promises have `throwTo`. Here `pending` makes one that stays pending
;; until `settle` resolves it, and an exception thrown to it rejects it, as an uncaught one does.
(module
  (import "ghc_wasm_jsffi" "newJSVal" (func $new (param externref) (result i32)))
  (import "ghc_wasm_jsffi" "getJSVal" (func $get (param i32) (result externref)))
  (import "ghc_wasm_jsffi" "freeJSVal" (func $free (param i32)))
  (import "ghc_wasm_jsffi" "scheduleWork" (func $schedule))
  (import "ghc_wasm_jsffi" "ZC22ZCghczminternalZCGHCziInternalziWasmziPrimziExportsZC" (func $promise (result externref))) ;; () => let res, rej; const p = new Promise((resolve, reject) => { res = resolve; rej = reject; }); p.resolve = res; p.reject = rej; return p;
  (import "ghc_wasm_jsffi" "ZC21ZCghczminternalZCGHCziInternalziWasmziPrimziExportsZC" (func $addThrowTo (param externref i32))) ;; ($1,$2) => $1.throwTo = (err) => __exports.rts_promiseThrowTo($2, err);
  (import "ghc_wasm_jsffi" "ZC20ZCghczminternalZCGHCziInternalziWasmziPrimziExportsZC" (func $delThrowTo (param externref))) ;; ($1) => $1.throwTo = () => {};
  (import "ghc_wasm_jsffi" "ZC18ZCghczminternalZCGHCziInternalziWasmziPrimziExportsZC" (func $resolve (param externref i32))) ;; ($1,$2) => $1.resolve($2)
  (import "ghc_wasm_jsffi" "ZC0ZCghczminternalZCGHCziInternalziWasmziPrimziExportsZC" (func $reject (param externref externref))) ;; ($1,$2) => $1.reject(new WebAssembly.RuntimeError($2))
  (import "ghc_wasm_jsffi" "ZC0ZCghczminternalZCGHCziInternalziWasmziPrimziTypesZC" (func $show (param externref) (result externref))) ;; ($1) => `${$1.stack ? $1.stack : $1}`

  (memory (export "memory") 1)
  (global $thrown (mut i32) (i32.const 0))
  (global $count (mut i32) (i32.const 0))
  (func (export "_initialize"))
  (func (export "rts_schedulerLoop"))
  (func (export "rts_freeStablePtr") (param i32))

  ;; A stable pointer is the key of the promise.
  (func (export "rts_promiseThrowTo") (param $promise i32) (param $error externref)
    (global.set $thrown (call $new (local.get $error)))
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (call $reject (call $get (local.get $promise)) (call $show (call $get (global.get $thrown))))
    (call $delThrowTo (call $get (local.get $promise))))

  (global $last (mut i32) (i32.const 0))
  (func (export "pending") (result externref)
    (global.set $last (call $new (call $promise)))
    (call $addThrowTo (call $get (global.get $last)) (global.get $last))
    (call $get (global.get $last)))
  (func (export "settle") (param i32)
    (call $resolve (call $get (global.get $last)) (local.get 0))
    (call $delThrowTo (call $get (global.get $last))))

  ;; What was thrown last, and how often something was.
  (func (export "thrown") (result externref) (call $get (global.get $thrown)))
  (func (export "count") (result i32) (global.get $count))
)
