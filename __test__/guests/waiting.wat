;; Exports that wait: on a clock, on stdin, for a reader of their output. Of the older ABI, where an export with
;; a reference as its result gives a promise.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "ghc_wasm_jsffi" "newJSVal" (func $new (param externref) (result i32)))
  (import "ghc_wasm_jsffi" "getJSVal" (func $get (param i32) (result externref)))
  (import "ghc_wasm_jsffi" "freeJSVal" (func $free (param i32)))
  (import "ghc_wasm_jsffi" "scheduleWork" (func $schedule))
  (import "ghc_wasm_jsffi" "ZC0ZCmainZCWaitingZC" (func $call (param externref) (result externref))) ;; async ($1) => $1()

  (memory (export "memory") 8)
  ;; Subscriptions: to the clock, relative and monotonic; to stdin.
  (data (i32.const 512) "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")
  (data (i32.const 600) "\00\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")
  (func (export "_initialize"))
  (func (export "rts_schedulerLoop"))

  (func $sleep (param $ms i32)
    (i64.store (i32.const 536) (i64.mul (i64.extend_i32_u (local.get $ms)) (i64.const 1000000)))
    (drop (call $poll_oneoff (i32.const 512) (i32.const 704) (i32.const 1) (i32.const 8))))

  ;; Sleeps so many milliseconds, then gives what the function gives.
  (func (export "callAfter") (param i32 externref) (result externref)
    (call $sleep (local.get 0))
    (call $call (local.get 1)))
  (func (export "now") (param i32) (result i32) (local.get 0))
  (func (export "sleepNow") (param i32) (result i32) (call $sleep (local.get 0)) (local.get 0))
  (func (export "soon") (param externref) (result externref) (call $call (local.get 0)))
  (func (export "trapAfter") (param i32) (result externref)
    (call $sleep (local.get 0))
    unreachable)

  ;; Prints so many bytes, which are NUL, at once.
  (func (export "print") (param $bytes i32) (result i32)
    (i32.store (i32.const 0) (i32.const 4096))
    (i32.store (i32.const 4) (local.get $bytes))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (i32.load (i32.const 8)))
  ;; Waits until there is something to read, and reads it.
  (func (export "read") (result i32)
    (drop (call $poll_oneoff (i32.const 600) (i32.const 704) (i32.const 1) (i32.const 8)))
    (i32.store (i32.const 0) (i32.const 4096))
    (i32.store (i32.const 4) (i32.const 64))
    (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
    (i32.load (i32.const 8)))
)
