;; A command that sleeps 200 ms.
(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  ;; A subscription to the monotonic clock.
  (data (i32.const 512) "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00\00\c2\eb\0b\00\00\00\00")
  (func (export "_start")
    (call $proc_exit (call $poll_oneoff (i32.const 512) (i32.const 640) (i32.const 1) (i32.const 8)))))
