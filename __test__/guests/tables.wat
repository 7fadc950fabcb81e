;; Bulk operations on a table as large as tables may be, again and again. Of the older ABI.
(module
  (import "ghc_wasm_jsffi" "newJSVal" (func $new (param externref) (result i32)))
  (memory (export "memory") 1)
  (table 10000000 funcref)
  (func (export "_initialize"))
  (func (export "rts_promiseReject") (param i32 externref))
  (func (export "fill") (result externref)
    (loop $again
      (table.fill (i32.const 0) (ref.null func) (i32.const 10000000))
      (br $again))
    unreachable)
  (func (export "copy") (result externref)
    (loop $again
      (table.copy (i32.const 0) (i32.const 1) (i32.const 9999999))
      (br $again))
    unreachable)
)
