;; Synchronous exports and imports of GHC 9.14: `foreign export javascript "f sync"` gives its value at once, and a
;; synchronous import may call such an export again. The imports and exports are those of GHC's runtime there.
(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "ghc_wasm_jsffi" "newJSVal" (func $new (param externref) (result i32)))
  (import "ghc_wasm_jsffi" "getJSVal" (func $get (param i32) (result externref)))
  (import "ghc_wasm_jsffi" "freeJSVal" (func $free (param i32)))
  (import "ghc_wasm_jsffi" "scheduleWork" (func $schedule))
  (import "ghc_wasm_jsffi" "ZC0ZCmainZCSyncExportsZC" (func $call (param externref i32) (result i32))) ;; ($1,$2) => $1($2)
  (import "ghc_wasm_jsffi" "ZC1ZCmainZCSyncExportsZC" (func $callVal (param externref externref) (result externref))) ;; ($1,$2) => $1($2)
  (import "ghc_wasm_jsffi" "ZC2ZCmainZCSyncExportsZC" (func $same (param externref externref) (result i32))) ;; ($1,$2) => Object.is($1, $2)
  (import "ghc_wasm_jsffi" "ZC3ZCmainZCSyncExportsZC" (func $list (param externref i32 i64 f32 f64 externref i32 i64 f32 f64 externref) (result externref))) ;; ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11) => [$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11]
  (import "ghc_wasm_jsffi" "ZC21ZCghczminternalZCGHCziInternalziWasmziPrimziExportsZC" (func $promise (result externref))) ;; () => let res, rej; const p = new Promise((resolve, reject) => { res = resolve; rej = reject; }); p.resolve = res; p.reject = rej; return p;
  (import "ghc_wasm_jsffi" "ZC18ZCghczminternalZCGHCziInternalziWasmziPrimziExportsZC" (func $resolve (param externref i32))) ;; ($1,$2) => $1.resolve($2)

  (memory (export "memory") 1)
  ;; A subscription to the clock: 20 ms, relative, monotonic.
  (data (i32.const 512) "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00\00\2d\31\01\00\00\00\00")
  (func (export "_initialize"))
  (func (export "rts_schedulerLoop"))
  (func (export "rts_promiseThrowTo") (param i32 externref))
  (func (export "rts_freeStablePtr") (param i32))

  (func (export "i32") (param i32) (result i32) (local.get 0))
  (func (export "i64") (param i64) (result i64) (local.get 0))
  (func (export "f32") (param f32) (result f32) (local.get 0))
  (func (export "f64") (param f64) (result f64) (local.get 0))
  (func (export "nothing"))
  (func (export "value") (param externref) (result externref)
    (call $get (call $new (local.get 0))))

  ;; The same after a wait.
  (func (export "valueLate") (param externref) (result externref)
    (local $kept i32)
    (local.set $kept (call $new (local.get 0)))
    (drop (call $poll_oneoff (i32.const 512) (i32.const 576) (i32.const 1) (i32.const 8)))
    (call $get (local.get $kept)))

  ;; The same reference, claimed twice: two JSVals, one of which is freed.
  (func (export "twice") (param externref externref) (result i32)
    (local $one i32) (local $other i32) (local $same i32)
    (local.set $one (call $new (local.get 0)))
    (local.set $other (call $new (local.get 0)))
    (call $free (local.get $one))
    (local.set $same (call $same (local.get 1) (call $get (local.get $other))))
    (call $free (local.get $other))
    (i32.add (local.get $same) (i32.mul (i32.const 2) (i32.ne (local.get $one) (local.get $other)))))

  ;; A reference that nobody has set.
  (func (export "null") (result externref) (local externref) (local.get 0))
  (func (export "keptNull") (result externref) (local externref) (call $get (call $new (local.get 0))))

  (func (export "call") (param externref i32) (result i32)
    (i32.add (i32.const 1) (call $call (local.get 0) (local.get 1))))
  ;; What comes back is what was given, if nothing was confused on the way.
  (func (export "callVal") (param externref externref) (result externref)
    (local $kept i32)
    (local.set $kept (call $new (call $callVal (local.get 0) (local.get 1))))
    (call $callVal (local.get 0) (local.get 1))
    drop
    (call $get (local.get $kept)))
  (func (export "callWithoutResult") (param externref)
    (drop (call $call (local.get 0) (i32.const 0))))

  (func (export "list") (param externref i32 i64 f32 f64 externref i32 i64 f32 f64 externref) (result externref)
    (call $list (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5)
      (local.get 6) (local.get 7) (local.get 8) (local.get 9) (local.get 10)))

  ;; An asynchronous export that has its result at once.
  (func (export "later") (param externref i32) (result externref)
    (local $promise i32)
    (local.set $promise (call $new (call $promise)))
    (call $resolve (call $get (local.get $promise)) (call $call (local.get 0) (local.get 1)))
    (call $get (local.get $promise)))
)
