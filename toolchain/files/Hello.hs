{-# LANGUAGE CPP #-}
-- The proof that commands work: GHC's runtime starts, allocates, collects garbage and prints; CPP, hsc2hs and C do
-- their part.
module Main (main) where

import Constants (eagain)
import qualified Data.Map.Strict as Map
import qualified Data.Text as Text
import System.Mem (performGC)

foreign import ccall unsafe "twice" twice :: Int -> Int

main :: IO ()
main = do
  let squares = Map.fromList [(n, n * n) | n <- [1 .. 1000 :: Int]]
  performGC
#if defined(wasm32_HOST_ARCH)
  putStrLn (Text.unpack (Text.toUpper (Text.pack "hello ")) ++ show (sum (Map.elems squares), twice 21, eagain))
#endif
