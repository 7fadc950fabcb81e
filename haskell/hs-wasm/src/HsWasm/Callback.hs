{-# OPTIONS_GHC -w #-}
{-# LANGUAGE Haskell2010, ImplicitPrelude, NoRebindableSyntax, NoOverloadedStrings, NoStrict, NoStrictData #-}

-- | Haskell functions that JavaScript calls: each call gives a promise. Here they are freed in time.
module HsWasm.Callback
  ( callback
  , withCallback
  , onceCallback
  , freeingCallback
  ) where

import Control.Exception (bracket)
import GHC.Wasm.Prim
import System.Mem.Weak (Weak, deRefWeak, mkWeakPtr)
import Control.Concurrent.MVar

-- | A function until 'freeJSVal', or until JavaScript has no more use for it.
foreign import javascript "wrapper"
  callback :: (JSVal -> IO JSVal) -> IO JSVal

-- | A function until the action has ended.
withCallback :: (JSVal -> IO JSVal) -> (JSVal -> IO a) -> IO a
withCallback function = bracket (callback function) freeJSVal

-- | A function for one call, with which it is freed. Further calls give @undefined@.
onceCallback :: (JSVal -> IO JSVal) -> IO JSVal
onceCallback function = freeingCallback (\free argument -> free >> function argument) >>= js_once

-- | A function that can free itself. Its 'Weak' reference lets JavaScript drop it uncalled.
freeingCallback :: (IO () -> JSVal -> IO JSVal) -> IO JSVal
freeingCallback function = do
  self <- newEmptyMVar
  made <- callback (function (free self))
  mkWeakPtr made Nothing >>= putMVar self
  pure made

-- | Once; what is garbage already needs no freeing.
free :: MVar (Weak JSVal) -> IO ()
free self = tryTakeMVar self >>= mapM_ (\weak -> deRefWeak weak >>= mapM_ freeJSVal)

-- | Does not hold the function any longer than it is needed.
foreign import javascript unsafe "((f) => async (argument) => { const call = f; f = undefined; return call?.(argument); })($1)"
  js_once :: JSVal -> IO JSVal
