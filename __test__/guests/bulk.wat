;; Bulk operations on much memory, again and again. Of the older ABI.
(module
  (import "ghc_wasm_jsffi" "newJSVal" (func $new (param externref) (result i32)))
  (memory (export "memory") 8208)
  (func (export "_initialize"))
  (func (export "rts_promiseReject") (param i32 externref))
  ;; 256 MiB each.
  (func (export "fill") (result externref)
    (loop $again
      (memory.fill (i32.const 65536) (i32.const 7) (i32.const 268435456))
      (br $again))
    unreachable)
  (func (export "copy") (result externref)
    (loop $again
      (memory.copy (i32.const 65536) (i32.const 268500992) (i32.const 268435456))
      (br $again))
    unreachable)
)
