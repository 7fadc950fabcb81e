{-# OPTIONS_GHC -w #-}
{-# LANGUAGE Haskell2010, ImplicitPrelude, NoRebindableSyntax, NoOverloadedStrings, NoStrict, NoStrictData #-}

-- | What JavaScript values are and hold.
module HsWasm.Value
  ( JSVal
  , JSString (..)
  , isNullish
  , describe
  , null_
  , undefined_
  , getProperty
  , setProperty
  , call
  , await
  , fromJSString
  , toJSString
  , freeJSVal
  ) where

import Control.Exception (evaluate)
import GHC.Wasm.Prim
import HsWasm.Try

-- | Whether the value is @null@ or @undefined@.
foreign import javascript unsafe "$1 == null"
  isNullish :: JSVal -> IO Bool

foreign import javascript unsafe "null"
  null_ :: IO JSVal

foreign import javascript unsafe "undefined"
  undefined_ :: IO JSVal

-- | What the value is, for messages: @a string@, @null@, @an array@.
describe :: JSVal -> IO String
describe value = fromJSString <$> js_describe value

-- | A property, @undefined@ if it is not there. What a getter throws is a 'JSException'.
getProperty :: JSVal -> String -> IO JSVal
getProperty object name = throwing (js_getter object (toJSString name))

setProperty :: JSVal -> String -> JSVal -> IO ()
setProperty object name value = () <$ throwing (js_setter object (toJSString name) value)

-- | Calls a function. What it throws is a 'JSException'; what it returns may be a promise, see 'await'.
call :: JSVal -> [JSVal] -> IO JSVal
call function arguments = do
  list <- js_list
  mapM_ (js_push list) arguments
  throwing (js_call function list)

-- | Waits for a promise. Its rejection is a 'JSException'. Any other value is its own.
await :: JSVal -> IO JSVal
await promise = js_await promise >>= evaluate

foreign import javascript unsafe
  "$1 === null ? 'null' : $1 === undefined ? 'undefined' : Array.isArray($1) ? 'an array' : typeof $1 === 'object' ? 'an object' : `a ${typeof $1}`"
  js_describe :: JSVal -> IO JSString

foreign import javascript unsafe "() => $1?.[$2]"
  js_getter :: JSVal -> JSString -> IO JSVal

foreign import javascript unsafe "() => { $1[$2] = $3; }"
  js_setter :: JSVal -> JSString -> JSVal -> IO JSVal

foreign import javascript unsafe "() => $1(...$2)"
  js_call :: JSVal -> JSVal -> IO JSVal

foreign import javascript unsafe "[]"
  js_list :: IO JSVal

foreign import javascript unsafe "$1.push($2)"
  js_push :: JSVal -> JSVal -> IO ()

foreign import javascript safe "$1"
  js_await :: JSVal -> IO JSVal
