;; Values of each wasm type on every road: the argument of an export goes on to an import (`argument…`), or comes
;; back as its result (`echo…`); the result of an import comes back as the result of the export (`result…`).
(module
  (import "ghc_wasm_jsffi" "seeI32" (func $seeI32 (param i32))) ;; ($1) => see($1)
  (import "ghc_wasm_jsffi" "seeI64" (func $seeI64 (param i64))) ;; ($1) => see($1)
  (import "ghc_wasm_jsffi" "seeF32" (func $seeF32 (param f32))) ;; ($1) => see($1)
  (import "ghc_wasm_jsffi" "seeF64" (func $seeF64 (param f64))) ;; ($1) => see($1)
  (import "ghc_wasm_jsffi" "seeRef" (func $seeRef (param externref))) ;; ($1) => see($1)
  (import "ghc_wasm_jsffi" "seeAll" (func $seeAll (param i32 i64 f32 f64 externref))) ;; ($1,$2,$3,$4,$5) => see($1, $2, $3, $4, $5)
  (import "ghc_wasm_jsffi" "getI32" (func $getI32 (param externref) (result i32))) ;; ($1) => $1()
  (import "ghc_wasm_jsffi" "getI64" (func $getI64 (param externref) (result i64))) ;; ($1) => $1()
  (import "ghc_wasm_jsffi" "getF32" (func $getF32 (param externref) (result f32))) ;; ($1) => $1()
  (import "ghc_wasm_jsffi" "getF64" (func $getF64 (param externref) (result f64))) ;; ($1) => $1()
  (import "ghc_wasm_jsffi" "getRef" (func $getRef (param externref) (result externref))) ;; ($1) => $1()

  (memory (export "memory") 1)

  (func (export "argumentI32") (param i32) (call $seeI32 (local.get 0)))
  (func (export "argumentI64") (param i64) (call $seeI64 (local.get 0)))
  (func (export "argumentF32") (param f32) (call $seeF32 (local.get 0)))
  (func (export "argumentF64") (param f64) (call $seeF64 (local.get 0)))
  (func (export "argumentRef") (param externref) (call $seeRef (local.get 0)))
  (func (export "all") (param i32 i64 f32 f64 externref)
    (call $seeAll (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4)))

  (func (export "echoI32") (param i32) (result i32) (local.get 0))
  (func (export "echoI64") (param i64) (result i64) (local.get 0))
  (func (export "echoF32") (param f32) (result f32) (local.get 0))
  (func (export "echoF64") (param f64) (result f64) (local.get 0))
  (func (export "echoRef") (param externref) (result externref) (local.get 0))

  (func (export "resultI32") (param externref) (result i32) (call $getI32 (local.get 0)))
  (func (export "resultI64") (param externref) (result i64) (call $getI64 (local.get 0)))
  (func (export "resultF32") (param externref) (result f32) (call $getF32 (local.get 0)))
  (func (export "resultF64") (param externref) (result f64) (call $getF64 (local.get 0)))
  (func (export "resultRef") (param externref) (result externref) (call $getRef (local.get 0)))
)
