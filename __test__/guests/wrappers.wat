;; "wrapper" and "wrapper sync" of GHC 9.14: adjustors of any number of arguments, and `freeJSVal` as it is there,
;; which calls unregister, then frees the stable pointer and the key unless that was done before.
;; A stable pointer here is the number that a callback adds to its arguments.
(module
  (import "ghc_wasm_jsffi" "newJSVal" (func $new (param externref) (result i32)))
  (import "ghc_wasm_jsffi" "getJSVal" (func $get (param i32) (result externref)))
  (import "ghc_wasm_jsffi" "freeJSVal" (func $free (param i32)))
  (import "ghc_wasm_jsffi" "scheduleWork" (func $schedule))
  (import "ghc_wasm_jsffi" "ZC1ZCmainZCAppziWrappersZC" (func $adjustSync (param i32) (result externref))) ;; ($1) => (...args) => __exports.ghczuwasmzujsffiZC0ZCmainZCAppziWrappersZC($1, ...args)
  (import "ghc_wasm_jsffi" "ZC3ZCmainZCAppziWrappersZC" (func $adjustAsync (param i32) (result externref))) ;; ($1) => (...args) => __exports.ghczuwasmzujsffiZC2ZCmainZCAppziWrappersZC($1, ...args)
  (import "ghc_wasm_jsffi" "ZC5ZCmainZCAppziWrappersZC" (func $adjustVal (param i32) (result externref))) ;; ($1) => (...args) => __exports.ghczuwasmzujsffiZC4ZCmainZCAppziWrappersZC($1, ...args)
  (import "ghc_wasm_jsffi" "ZC6ZCmainZCAppziWrappersZC" (func $use (param externref))) ;; ($1) => $1.used = true
  (import "ghc_wasm_jsffi" "ZC23ZCghczminternalZCGHCziInternalziWasmziPrimziExportsZC" (func $register (param externref i32))) ;; ($1,$2) => __ghc_wasm_jsffi_finalization_registry.register($1, $2, $1)
  (import "ghc_wasm_jsffi" "ZC4ZCghczminternalZCGHCziInternalziWasmziPrimziTypesZC" (func $unregister (param externref))) ;; ($1) => try { __ghc_wasm_jsffi_finalization_registry.unregister($1); } catch {}
  (import "ghc_wasm_jsffi" "ZC22ZCghczminternalZCGHCziInternalziWasmziPrimziExportsZC" (func $promise (result externref))) ;; () => let res, rej; const p = new Promise((resolve, reject) => { res = resolve; rej = reject; }); p.resolve = res; p.reject = rej; return p;
  (import "ghc_wasm_jsffi" "ZC18ZCghczminternalZCGHCziInternalziWasmziPrimziExportsZC" (func $resolve (param externref i32))) ;; ($1,$2) => $1.resolve($2)

  (memory (export "memory") 1)
  (global $key (mut i32) (i32.const 0))
  (global $dead (mut i32) (i32.const 1))
  (global $pointers (mut i32) (i32.const 0))
  (func (export "_initialize"))
  (func (export "rts_schedulerLoop"))
  (func (export "rts_promiseThrowTo") (param i32 externref))
  (func $freeStablePtr (export "rts_freeStablePtr") (param i32)
    (global.set $pointers (i32.sub (global.get $pointers) (i32.const 1))))

  (func (export "ghczuwasmzujsffiZC0ZCmainZCAppziWrappersZC") (param i32 i32 i32) (result i32)
    (i32.add (local.get 0) (i32.add (local.get 1) (local.get 2))))
  (func (export "ghczuwasmzujsffiZC2ZCmainZCAppziWrappersZC") (param i32 i32 i32) (result externref)
    (local $promise i32)
    (local.set $promise (call $new (call $promise)))
    (call $resolve (call $get (local.get $promise)) (i32.add (local.get 0) (i32.add (local.get 1) (local.get 2))))
    (call $get (local.get $promise)))
  (func (export "ghczuwasmzujsffiZC4ZCmainZCAppziWrappersZC") (param i32 externref) (result externref)
    (local.get 1))

  (func $keep (param $callback externref) (param $pointer i32) (result externref)
    (global.set $pointers (i32.add (global.get $pointers) (i32.const 1)))
    (global.set $key (call $new (local.get $callback)))
    (global.set $dead (i32.const 0))
    (call $register (call $get (global.get $key)) (local.get $pointer))
    (call $get (global.get $key)))
  (func (export "sync") (param i32) (result externref)
    (call $keep (call $adjustSync (local.get 0)) (local.get 0)))
  (func (export "async") (param i32) (result externref)
    (call $keep (call $adjustAsync (local.get 0)) (local.get 0)))
  (func (export "identity") (result externref)
    (call $keep (call $adjustVal (i32.const 0)) (i32.const 0)))

  ;; `freeJSVal` of the callback made last.
  (func (export "free")
    (call $unregister (call $get (global.get $key)))
    (if (i32.eqz (global.get $dead))
      (then
        (call $freeStablePtr (i32.const 0))
        (call $free (global.get $key))
        (global.set $dead (i32.const 1)))))
  (func (export "use") (call $use (call $get (global.get $key))))
  (func (export "give") (result externref) (call $get (global.get $key)))
  ;; A host function that is told twice to forget one key, as no GHC does.
  (func (export "freeKey") (call $free (global.get $key)))
  (func (export "stablePointers") (result i32) (global.get $pointers))
)
