-- The proof that reactors work: an import that waits for a JavaScript promise, and an export that gives one.
module Reactor where

import Control.Concurrent.STM (atomically, newTVarIO, readTVar)
import GHC.Wasm.Prim (JSString (..), fromJSString, toJSString)

foreign import javascript safe "new Promise(resolve => setTimeout(resolve, 1, $1 * 2))" double :: Int -> IO Int

foreign export javascript "greet" greet :: JSString -> Int -> IO JSString

greet :: JSString -> Int -> IO JSString
greet name n = do
  result <- double n >>= newTVarIO >>= atomically . readTVar
  pure (toJSString (fromJSString name ++ " " ++ show result))
