;; A command that writes 100 MiB to stdout, 64 KiB at a time, and exits with the errno of the last write.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 3)
  (func (export "_start")
    (local $left i32) (local $errno i32)
    (memory.fill (i32.const 65536) (i32.const 0x78) (i32.const 65536))
    (local.set $left (i32.const 104857600))
    (block $done
      (loop $next
        (i32.store (i32.const 0) (i32.const 65536))
        (i32.store (i32.const 4) (i32.const 65536))
        (local.set $errno (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
        (br_if $done (local.get $errno))
        (local.set $left (i32.sub (local.get $left) (i32.load (i32.const 8))))
        (br_if $next (i32.gt_s (local.get $left) (i32.const 0)))))
    (call $proc_exit (local.get $errno))))
