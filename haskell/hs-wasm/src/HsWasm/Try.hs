{-# OPTIONS_GHC -w #-}
{-# LANGUAGE Haskell2010, ImplicitPrelude, NoRebindableSyntax, NoOverloadedStrings, NoStrict, NoStrictData #-}

-- | Synchronous imports that may fail.
--
-- What an @unsafe@ import throws cannot be caught and ends the instance. So let the import make a function without arguments,
-- which is called here:
--
-- > foreign import javascript unsafe "() => JSON.parse($1)" parse :: JSString -> IO JSVal
-- >
-- > parsed <- tryJS (parse text)
module HsWasm.Try
  ( tryJS
  , throwing
  , JSException (..)
  ) where

import Control.Exception (throwIO)
import GHC.Wasm.Prim

-- | Calls the function that the action makes. What it throws is the exception's value, the very same.
tryJS :: IO JSVal -> IO (Either JSException JSVal)
tryJS make = do
  outcome <- make >>= js_attempt
  returned <- js_returned outcome
  value <- js_value outcome
  pure (if returned then Right value else Left (JSException value))

-- | The same, with an exception of Haskell's: for @catch\@JSException@.
throwing :: IO JSVal -> IO JSVal
throwing make = tryJS make >>= either throwIO pure

foreign import javascript unsafe "(() => { try { return [$1(), true]; } catch (error) { return [error, false]; } })()"
  js_attempt :: JSVal -> IO JSVal

foreign import javascript unsafe "$1[0]"
  js_value :: JSVal -> IO JSVal

foreign import javascript unsafe "$1[1]"
  js_returned :: JSVal -> IO Bool
