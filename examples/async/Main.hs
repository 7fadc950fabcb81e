-- | Shows: Haskell awaits JavaScript's promises, and catches their rejections as exceptions.
module Async where

import Control.Exception (evaluate, try)
import GHC.Wasm.Prim

-- An import without @unsafe@ is asynchronous: its result is a thunk, and forcing it awaits the promise.
foreign import javascript "await lookUp($1)"
  lookUp :: JSString -> IO JSString

foreign import javascript unsafe "$1.message"
  message :: JSVal -> IO JSString

foreign export javascript "greet" greet :: JSString -> IO JSString
foreign export javascript "greetAnyway" greetAnyway :: JSString -> IO JSString

-- | A rejection leaves 'greet' as an exception, and arrives in JavaScript as a rejection again.
greet :: JSString -> IO JSString
greet key = do
  name <- evaluate =<< lookUp key
  pure (toJSString ("Hello, " ++ fromJSString name ++ "!"))

greetAnyway :: JSString -> IO JSString
greetAnyway key = do
  result <- try (greet key)
  case result of
    Right greeting -> pure greeting
    Left (JSException e) -> do
      text <- message e
      putStrLn ("Haskell caught: " ++ fromJSString text)
      pure (toJSString "Hello, whoever you are!")
