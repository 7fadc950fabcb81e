-- | Shows: a thousand Haskell threads, sleeping and talking through an MVar, in one JavaScript thread.
module Concurrent where

import Control.Concurrent
import Control.Monad (forM_, replicateM_)

foreign export javascript "sleepers" sleepers :: Int -> IO Int

-- | Starts @n@ threads that sleep for half a second each, and adds up what they report.
sleepers :: Int -> IO Int
sleepers n = do
  total <- newMVar 0
  finished <- newEmptyMVar
  forM_ [1 .. n] $ \i -> forkIO $ do
    threadDelay 500000
    modifyMVar_ total (pure . (+ i))
    putMVar finished ()
  replicateM_ n (takeMVar finished)
  readMVar total
