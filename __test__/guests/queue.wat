;; Assignments between everything that could tell when they are made.
(module
  (import "ghc_wasm_jsffi" "newJSVal" (func $new (param externref) (result i32)))
  (import "ghc_wasm_jsffi" "getJSVal" (func $get (param i32) (result externref)))
  (import "ghc_wasm_jsffi" "freeJSVal" (func $free (param i32)))
  (import "ghc_wasm_jsffi" "scheduleWork" (func $schedule))
  (import "ghc_wasm_jsffi" "i32" (func $i32 (param i32))) ;; ($1) => globalThis.assigned = $1
  (import "ghc_wasm_jsffi" "i64" (func $i64 (param i64))) ;; ($1) => globalThis.assigned = $1
  (import "ghc_wasm_jsffi" "f32" (func $f32 (param f32))) ;; ($1) => globalThis.assigned = $1
  (import "ghc_wasm_jsffi" "f64" (func $f64 (param i32 f64))) ;; ($1,$2) => globalThis.assigned = $2
  (import "ghc_wasm_jsffi" "x" (func $x (param externref i32))) ;; ($1,$2) => $1.x = $2
  (import "ghc_wasm_jsffi" "late" (func $late (param i32 externref))) ;; ($1,$2) => $2.x = $1
  (import "ghc_wasm_jsffi" "tell" (func $tell (param externref i32))) ;; ($1,$2) => $1($2)
  (memory (export "memory") 1)
  (func (export "_initialize"))
  (func (export "rts_promiseThrowTo") (param i32 externref))

  ;; Every type, all but the first of each by grants of before.
  (func (export "types") (param i32)
    (loop
      (call $i32 (i32.const -1)) (call $i64 (i64.const -2)) (call $f32 (f32.const 0.5)) (call $f64 (i32.const 3) (f64.const 0.1))
      (br_if 0 (i32.gt_s (local.tee 0 (i32.sub (local.get 0) (i32.const 1))) (i32.const 0)))))
  (func $upTo (export "upTo") (param i32) (local i32)
    (loop
      (call $i32 (local.tee 1 (i32.add (local.get 1) (i32.const 1))))
      (br_if 0 (i32.lt_s (local.get 1) (local.get 0)))))
  (func (export "trapAfter") (param i32) (call $upTo (local.get 0)) (unreachable))
  (func (export "tellAfter") (param externref i32)
    (call $upTo (local.get 1))
    (call $tell (local.get 0) (local.get 1))
    (call $i32 (i32.sub (i32.const 0) (local.get 1))))

  ;; Assigns to one field by imports of two kinds: the guest takes note of the first, the host of the second.
  (func (export "mixed") (param externref i32 i32) (local $one i32)
    (local.set $one (call $new (local.get 0)))
    (loop
      (call $x (call $get (local.get $one)) (i32.const -1))
      (call $late (local.get 1) (call $get (local.get $one)))
      (br_if 0 (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))
    (if (local.get 2) (then (call $x (call $get (local.get $one)) (i32.const -2))))
    (call $free (local.get $one)))

  ;; Assigns to a value of its own, frees it and assigns again; the second object may get its slot.
  (func (export "toFreed") (param externref externref i32) (local $one i32) (local $other i32)
    (local.set $one (call $new (local.get 0)))
    (call $x (call $get (local.get $one)) (i32.const 1))
    (call $x (call $get (local.get $one)) (i32.const 2))
    (call $free (local.get $one))
    (local.set $other (call $new (local.get 1)))
    (call $x (call $get (local.get $other)) (i32.const 3))
    (call $x (call $get (local.get $other)) (i32.const 4))
    (if (local.get 2) (then (call $x (call $get (local.get $one)) (i32.const 5)))))
)
