-- | Shows: Haskell closures become JavaScript functions, called now or much later.
module Callbacks where

import Control.Exception (evaluate)
import Data.IORef
import GHC.Wasm.Prim

foreign import javascript "wrapper" asyncMapper :: (Int -> IO Int) -> IO JSVal

foreign import javascript "wrapper" listener :: (JSString -> IO ()) -> IO JSVal

foreign import javascript "await mapAsync([1, 2, 3, 4], $1)"
  mapAsync :: JSVal -> IO JSVal

foreign import javascript unsafe "$1.on($2, $3)"
  on :: JSVal -> JSString -> JSVal -> IO ()

foreign export javascript "squares" squares :: IO JSVal
foreign export javascript "countWords" countWords :: JSVal -> IO ()

-- | Hands a Haskell function to JavaScript's own @map@, and sees each call of it.
squares :: IO JSVal
squares = do
  calls <- newIORef (0 :: Int)
  callback <- asyncMapper $ \n -> n * n <$ modifyIORef' calls (+ 1)
  result <- evaluate =<< mapAsync callback
  freeJSVal callback
  n <- readIORef calls
  putStrLn ("Haskell was called " ++ show n ++ " times")
  pure result

-- | Listens to an EventEmitter for as long as that lives; the closure keeps its state between events.
countWords :: JSVal -> IO ()
countWords emitter = do
  total <- newIORef (0 :: Int)
  callback <- listener $ \line -> do
    modifyIORef' total (+ length (words (fromJSString line)))
    n <- readIORef total
    putStrLn ("  " ++ show n ++ " words after " ++ show (fromJSString line))
  on emitter (toJSString "line") callback
