{-# OPTIONS_GHC -w #-}
{-# LANGUAGE Haskell2010, ImplicitPrelude, NoRebindableSyntax, NoOverloadedStrings, NoStrict, NoStrictData #-}

-- | @AbortSignal@: to be told, and to tell.
module HsWasm.Abort
  ( isAborted
  , throwIfAborted
  , withSignal
  , withController
  ) where

import Control.Concurrent (forkIO, killThread)
import Control.Concurrent.MVar
import Control.Exception
import Control.Monad (when)
import GHC.Wasm.Prim
import HsWasm.Event

foreign import javascript unsafe "$1.aborted"
  isAborted :: JSVal -> IO Bool

-- | Throws the signal's reason, as a 'JSException', if it is aborted.
throwIfAborted :: JSVal -> IO ()
throwIfAborted signal = do
  aborted <- isAborted signal
  when aborted (js_reason signal >>= throwIO . JSException)

-- | Runs the action until it ends or the signal is aborted, whichever is first. Then its thread is killed, and the signal's
-- reason is thrown, as a 'JSException'.
withSignal :: JSVal -> IO a -> IO a
withSignal signal action = do
  throwIfAborted signal
  result <- newEmptyMVar
  mask $ \restore -> do
    worker <- forkIO (try (restore action) >>= \outcome -> () <$ tryPutMVar result outcome)
    let abort = js_reason signal >>= tryPutMVar result . Left . toException . JSException
    off <- on signal "abort" (const (abort >> killThread worker))
    outcome <- (restore (readMVar result) `onException` killThread worker) `finally` off
    either throwIO pure outcome

-- | Gives the action a signal, which is aborted if the action ends with an exception.
withController :: (JSVal -> IO a) -> IO a
withController action = do
  controller <- js_controller
  signal <- js_signal controller
  action signal `onException` js_abort controller

foreign import javascript unsafe "$1.reason"
  js_reason :: JSVal -> IO JSVal

foreign import javascript unsafe "new AbortController()"
  js_controller :: IO JSVal

foreign import javascript unsafe "$1.signal"
  js_signal :: JSVal -> IO JSVal

foreign import javascript safe "$1.abort()"
  js_abort :: JSVal -> IO ()
