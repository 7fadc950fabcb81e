-- | What JavaScript can call: every function that a @foreign export@ names.
module {{module}} where

import GHC.Wasm.Prim

-- | The nth Fibonacci number.
fib :: Int -> Double
fib n = go n 0 1
  where
    go 0 a _ = a
    go k a b = go (k - 1) b (a + b)

foreign export javascript "fib" fib :: Int -> Double

-- | A greeting for somebody.
greet :: JSString -> IO JSString
greet name = pure (toJSString ("Hello, " <> fromJSString name <> "!"))

foreign export javascript "greet" greet :: JSString -> IO JSString
