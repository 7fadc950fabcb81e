;; Exports that compute. Of the older ABI, where an export with a reference as its result gives a promise.
(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "ghc_wasm_jsffi" "newJSVal" (func $new (param externref) (result i32)))
  (import "ghc_wasm_jsffi" "getJSVal" (func $get (param i32) (result externref)))
  (import "ghc_wasm_jsffi" "freeJSVal" (func $free (param i32)))
  (import "ghc_wasm_jsffi" "scheduleWork" (func $schedule))
  (import "ghc_wasm_jsffi" "ZC0ZCmainZCComputingZC" (func $call (param externref i32) (result externref))) ;; async ($1,$2) => $1($2)
  (import "ghc_wasm_jsffi" "ZC1ZCmainZCComputingZC" (func $tell (param externref i32) (result i32))) ;; ($1,$2) => $1($2)

  (memory (export "memory") 4)
  (global $count (mut i32) (i32.const 0))
  (func (export "_initialize"))
  (func (export "rts_schedulerLoop"))
  (func (export "rts_promiseReject") (param i32 externref))

  ;; A linear congruential generator, 1,000 steps for each of `n`: about a microsecond each.
  (func $compute (param $n i32) (param $x i32) (result i32)
    (local $i i32)
    (if (i32.eqz (local.get $n)) (then (return (local.get $x))))
    (loop $next
      (local.set $i (i32.const 1000))
      (loop $inner
        (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1664525)) (i32.const 1013904223)))
        (local.set $i (i32.sub (local.get $i) (i32.const 1)))
        (br_if $inner (local.get $i)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br_if $next (i32.gt_s (local.get $n) (i32.const 0))))
    (local.get $x))

  ;; Computes, then gives what the function makes of the result.
  (func (export "compute") (param i32 externref) (result externref)
    (call $call (local.get 1) (call $compute (local.get 0) (i32.const 1))))
  (func (export "computeNow") (param i32) (result i32) (call $compute (local.get 0) (i32.const 1)))
  (func (export "count") (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (global.get $count))

  ;; So many rounds of computing and telling the function, whose answer goes into the next round.
  (func (export "rounds") (param $rounds i32) (param $n i32) (param $f externref) (result externref)
    (local $x i32) (local $key i32)
    (local.set $key (call $new (local.get $f)))
    (loop $next
      (local.set $x (call $compute (local.get $n) (local.get $x)))
      (local.set $x (call $tell (call $get (local.get $key)) (local.get $x)))
      (local.set $rounds (i32.sub (local.get $rounds) (i32.const 1)))
      (br_if $next (i32.gt_s (local.get $rounds) (i32.const 0))))
    (call $call (call $get (local.get $key)) (local.get $x)))

  ;; Fills the same 64 KiB again and again, each byte alike, and now and then tells the function.
  (func (export "mutate") (param $rounds i32) (param $every i32) (param $f externref) (result externref)
    (local $i i32) (local $key i32)
    (local.set $key (call $new (local.get $f)))
    (loop $next
      (local.set $i (local.get $every))
      (loop $fill
        (memory.fill (i32.const 65536) (i32.add (local.get $i) (local.get $rounds)) (i32.const 65536))
        (local.set $i (i32.sub (local.get $i) (i32.const 1)))
        (br_if $fill (i32.gt_s (local.get $i) (i32.const 0))))
      (drop (call $tell (call $get (local.get $key)) (i32.add (local.get $rounds) (i32.const 1))))
      (local.set $rounds (i32.sub (local.get $rounds) (i32.const 1)))
      (br_if $next (i32.gt_s (local.get $rounds) (i32.const 0))))
    (call $call (call $get (local.get $key)) (i32.const 0)))

  ;; Grows the memory by a page, then computes.
  (func (export "grow") (param i32 externref) (result externref)
    (drop (memory.grow (i32.const 1)))
    (call $call (local.get 1) (call $compute (local.get 0) (i32.const 1))))

  ;; What never ends.
  (func (export "spin") (result externref) (loop $for_ever (br $for_ever)) unreachable)
  (func (export "spinNow") (result i32) (loop $for_ever (br $for_ever)) unreachable)
  (func (export "trapAfter") (param i32) (result externref)
    (drop (call $compute (local.get 0) (i32.const 1)))
    unreachable)
  (func $deep (param i32) (result i32)
    (i32.add (call $deep (i32.add (local.get 0) (i32.const 1))) (local.get 0)))
  (func (export "recurse") (result externref) (drop (call $deep (i32.const 0))) unreachable)
  (func (export "recurseNow") (result i32) (call $deep (i32.const 0)))
)
