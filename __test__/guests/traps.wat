;; One export for each way to trap that a signal tells of, or a check. No imports, so that V8 runs it as well.
(module
  (memory (export "memory") 1)
  (func (export "unreachable") unreachable)
  (func (export "outOfBounds") (result i32) (i32.load (i32.const -8)))
  (func (export "divideByZero") (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0)))
  (func $overflow (export "overflow") (param i32) (result i32)
    (i32.add (i32.const 1) (call $overflow (i32.add (local.get 0) (i32.const 1))))))
