;; A C export that never returns and never allocates.
(module
  (memory (export "memory") 1)
  (func (export "loop") (loop $again (br $again))))
