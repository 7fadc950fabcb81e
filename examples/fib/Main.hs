-- | Shows: a pure Haskell function is called from JavaScript like any other.
module Fib where

foreign export javascript "fib" fib :: Int -> Int

fib :: Int -> Int
fib n = go n 0 1
  where
    go 0 a _ = a
    go k a b = go (k - 1) b (a + b)
