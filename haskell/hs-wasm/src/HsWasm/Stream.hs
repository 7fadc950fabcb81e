{-# OPTIONS_GHC -w #-}
{-# LANGUAGE Haskell2010, ImplicitPrelude, NoRebindableSyntax, NoOverloadedStrings, NoStrict, NoStrictData #-}

-- | Streams of Node and of the web, and whatever else can be iterated: bytes in, bytes out, with backpressure.
module HsWasm.Stream
  ( readAll
  , forChunks
  , write
  , end
  , readable
  ) where

import Control.Exception (evaluate, onException)
import Data.ByteString (ByteString)
import qualified Data.ByteString as B
import Data.IORef
import GHC.Wasm.Prim
import HsWasm.Bytes
import HsWasm.Callback
import HsWasm.Try

-- | All that comes.
readAll :: JSVal -> IO ByteString
readAll stream = do
  chunks <- newIORef []
  forChunks stream (\chunk -> modifyIORef chunks (chunk :))
  B.concat . reverse <$> readIORef chunks

-- | Each chunk in turn; text is UTF-8. The next is asked for when the action has ended; if it throws, the stream is closed.
-- An error of the stream is a 'JSException'.
forChunks :: JSVal -> (ByteString -> IO ()) -> IO ()
forChunks stream action = do
  iterator <- throwing (js_iterator stream)
  let loop = do
        item <- js_next iterator >>= evaluate
        done <- js_done item
        if done
          then pure ()
          else do
            (js_chunk item >>= bytesFromJS >>= action) `onException` (js_return iterator >>= evaluate)
            loop
  loop

-- | Writes to a @Writable@ or a @WritableStream@, and waits until it has taken it. Its error is a 'JSException'.
write :: JSVal -> ByteString -> IO ()
write stream chunk = bytesToJS chunk >>= js_write stream >>= evaluate

-- | Ends it, and waits until all is written.
end :: JSVal -> IO ()
end stream = js_end stream >>= evaluate

-- | A @Readable@ of Node's, whose chunks the action gives as they are wanted: 'Nothing' is the end. What it throws is the
-- stream's error.
readable :: IO (Maybe ByteString) -> IO JSVal
readable produce = do
  function <- freeingCallback (\free _ -> (produce `onException` free) >>= maybe (js_null <* free) bytesToJS)
  js_readable function >>= evaluate

foreign import javascript unsafe "() => ($1[Symbol.asyncIterator] ?? $1[Symbol.iterator]).call($1)"
  js_iterator :: JSVal -> IO JSVal

foreign import javascript safe "$1.next()"
  js_next :: JSVal -> IO JSVal

foreign import javascript unsafe "!!$1.done"
  js_done :: JSVal -> IO Bool

foreign import javascript unsafe "typeof $1.value === 'string' ? new TextEncoder().encode($1.value) : $1.value"
  js_chunk :: JSVal -> IO JSVal

foreign import javascript safe "$1.return?.()"
  js_return :: JSVal -> IO ()

foreign import javascript safe "typeof $1.getWriter === 'function' ? (async (writer) => { try { await writer.ready; await writer.write($2); } finally { writer.releaseLock(); } })($1.getWriter()) : new Promise((resolve, reject) => { $1.once('error', reject); $1.write($2, (error) => { $1.off('error', reject); if (error) reject(error); else resolve(); }); })"
  js_write :: JSVal -> JSVal -> IO ()

foreign import javascript safe "typeof $1.getWriter === 'function' ? $1.close() : new Promise((resolve, reject) => { $1.once('error', reject); $1.end(() => { $1.off('error', reject); resolve(); }); })"
  js_end :: JSVal -> IO ()

foreign import javascript unsafe "null"
  js_null :: IO JSVal

foreign import javascript safe "Promise.resolve(globalThis.process?.getBuiltinModule?.('node:stream') ?? import('node:stream')).then(({ Readable }) => Readable.from((async function* () { for (let chunk; (chunk = await $1(null)) !== null; ) yield chunk; })(), { objectMode: false }))"
  js_readable :: JSVal -> IO JSVal
