-- Crossings between Haskell and JavaScript. Loops take how often.
module Bridge where

import Control.Exception (evaluate)
import Control.Monad
import GHC.Wasm.Prim

foreign import javascript unsafe "$1 + 1" jsPlus :: Int -> IO Int
foreign import javascript unsafe "globalThis.hsWasmBenchLast = $1" jsUnit :: Int -> IO ()
foreign import javascript unsafe "({ n: $1 })" jsObject :: Int -> IO JSVal
foreign import javascript unsafe "$1.n" jsField :: JSVal -> IO Int
foreign import javascript safe "$1 + 1" jsLater :: Int -> IO Int

foreign export javascript "noop" noop :: IO ()
foreign export javascript "numbers" numbers :: Int -> IO Int
foreign export javascript "units" units :: Int -> IO ()
foreign export javascript "jsObjects" objects :: Int -> IO Int
foreign export javascript "echo" echo :: JSString -> IO JSString
foreign export javascript "later" later :: Int -> IO Int

noop :: IO ()
noop = pure ()

numbers :: Int -> IO Int
numbers n = foldM (\a _ -> jsPlus a) 0 [1 .. n]

units :: Int -> IO ()
units n = forM_ [1 .. n] jsUnit

objects :: Int -> IO Int
objects n = foldM one 0 [1 .. n]
  where
    one total k = do
      object <- jsObject k
      field <- jsField object
      freeJSVal object
      pure $! total + field

-- | Through a Haskell String and back.
echo :: JSString -> IO JSString
echo text = do
  let string = fromJSString text
  _ <- evaluate (length string)
  pure (toJSString string)

later :: Int -> IO Int
later n = foldM (\a _ -> jsLater a >>= evaluate) 0 [1 .. n]
