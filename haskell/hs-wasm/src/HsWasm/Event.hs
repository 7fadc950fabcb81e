{-# OPTIONS_GHC -w #-}
{-# LANGUAGE Haskell2010, ImplicitPrelude, NoRebindableSyntax, NoOverloadedStrings, NoStrict, NoStrictData #-}

-- | Node's event emitters, and event targets.
module HsWasm.Event
  ( on
  , emit
  , waitFor
  ) where

import Control.Exception (evaluate)
import GHC.Wasm.Prim
import HsWasm.Callback
import HsWasm.Try

-- | Listens, with all arguments of the event. The result ends it, once or more often.
on :: JSVal -> String -> ([JSVal] -> IO ()) -> IO (IO ())
on target name listener = do
  function <- freeingCallback listen
  off <- throwing (js_on target (toJSString name) function)
  pure (js_off off)
  where
    listen free arguments = do
      ended <- js_ended arguments
      if ended then free else js_elements arguments >>= listener
      pure arguments

-- | Emits an event of an event emitter; whether somebody listens. What a listener throws is a 'JSException'.
emit :: JSVal -> String -> [JSVal] -> IO Bool
emit target name arguments = do
  list <- js_list
  mapM_ (js_push list) arguments
  throwing (js_emit target (toJSString name) list) >>= js_bool

-- | Waits for an event: its arguments. An event @error@ is a 'JSException', unless that is what is waited for.
waitFor :: JSVal -> String -> IO [JSVal]
waitFor target name = js_once target (toJSString name) >>= evaluate >>= js_elements

js_elements :: JSVal -> IO [JSVal]
js_elements list = do
  size <- js_size list
  mapM (js_element list) [0 .. size - 1]

-- The listener is told of its end by a call without a list.
foreign import javascript unsafe "() => { const [target, name, f] = [$1, $2, $3]; const listener = (...args) => f(args); const [add, remove] = typeof target.on === 'function' ? ['on', 'off'] : ['addEventListener', 'removeEventListener']; target[add](name, listener); let on = true; return () => { if (on) { on = false; target[remove](name, listener); f(null); } }; }"
  js_on :: JSVal -> JSString -> JSVal -> IO JSVal

foreign import javascript safe "$1()"
  js_off :: JSVal -> IO ()

foreign import javascript unsafe "$1 === null"
  js_ended :: JSVal -> IO Bool

foreign import javascript unsafe "() => $1.emit($2, ...$3)"
  js_emit :: JSVal -> JSString -> JSVal -> IO JSVal

foreign import javascript unsafe "$1"
  js_bool :: JSVal -> IO Bool

foreign import javascript safe "Promise.resolve(globalThis.process?.getBuiltinModule?.('node:events') ?? import('node:events')).then(({ once }) => once($1, $2)).then((values) => [...values])"
  js_once :: JSVal -> JSString -> IO JSVal

foreign import javascript unsafe "[]"
  js_list :: IO JSVal

foreign import javascript unsafe "$1.push($2)"
  js_push :: JSVal -> JSVal -> IO ()

foreign import javascript unsafe "$1.length"
  js_size :: JSVal -> IO Int

foreign import javascript unsafe "$1[$2]"
  js_element :: JSVal -> Int -> IO JSVal
