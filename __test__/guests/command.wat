;; A command that uses JSFFI, as GHC 9.14 links it: synchronous imports, and everything happens in `_start`.
;; What it does is the first argument.
(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (import "ghc_wasm_jsffi" "newJSVal" (func $new (param externref) (result i32)))
  (import "ghc_wasm_jsffi" "getJSVal" (func $get (param i32) (result externref)))
  (import "ghc_wasm_jsffi" "freeJSVal" (func $free (param i32)))
  (import "ghc_wasm_jsffi" "scheduleWork" (func $schedule))
  (import "ghc_wasm_jsffi" "text" (func $text (param i32 i32) (result externref))) ;; ($1,$2) => (new TextDecoder('utf-8', {fatal: true})).decode(new Uint8Array(__exports.memory.buffer, $1, $2))
  (import "ghc_wasm_jsffi" "event" (func $event (param externref) (result i32))) ;; ($1) => event($1)

  (memory (export "memory") 1)
  (data (i32.const 1024) "before\n")
  (data (i32.const 1040) "after\n")
  ;; A subscription to the clock: 20 ms, relative, monotonic.
  (data (i32.const 512) "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00\00\2d\31\01\00\00\00\00")

  (func (export "rts_promiseThrowTo") (param i32 externref))
  (func (export "rts_schedulerLoop"))
  (func (export "twice") (param i32) (result i32) (i32.mul (i32.const 2) (local.get 0)))

  (func $print (param $fd i32) (param $at i32) (param $length i32)
    (i32.store (i32.const 0) (local.get $at))
    (i32.store (i32.const 4) (local.get $length))
    (drop (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))

  ;; Where the first argument is, and its length.
  (func $argument (result i32)
    (drop (call $args_sizes_get (i32.const 16) (i32.const 20)))
    (drop (call $args_get (i32.const 64) (i32.const 2048)))
    (i32.load (i32.const 68)))
  (func $length (param $at i32) (result i32)
    (local $n i32)
    (block $end
      (loop $next
        (br_if $end (i32.eqz (i32.load8_u (i32.add (local.get $at) (local.get $n)))))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $next)))
    (local.get $n))

  ;; Prints, gives the first argument to `event`, and does what its result says.
  (func (export "_start")
    (local $at i32) (local $key i32) (local $answer i32)
    (call $print (i32.const 1) (i32.const 1024) (i32.const 7))
    (local.set $at (call $argument))
    (local.set $key (call $new (call $text (local.get $at) (call $length (local.get $at)))))
    (local.set $answer (call $event (call $get (local.get $key))))
    (call $free (local.get $key))
    ;; 1000: sleeps; 2000: reads a line and prints it; 3000: traps
    (if (i32.eq (local.get $answer) (i32.const 1000))
      (then (drop (call $poll_oneoff (i32.const 512) (i32.const 576) (i32.const 1) (i32.const 8)))))
    (if (i32.eq (local.get $answer) (i32.const 2000))
      (then
        (i32.store (i32.const 0) (i32.const 4096))
        (i32.store (i32.const 4) (i32.const 256))
        (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
        (call $print (i32.const 1) (i32.const 4096) (i32.load (i32.const 8)))))
    (if (i32.eq (local.get $answer) (i32.const 3000)) (then unreachable))
    (call $print (i32.const 2) (i32.const 1040) (i32.const 6))
    (if (i32.lt_u (local.get $answer) (i32.const 256)) (then (call $proc_exit (local.get $answer))))))
