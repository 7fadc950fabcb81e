{-# OPTIONS_GHC -w #-}
{-# LANGUAGE Haskell2010, ImplicitPrelude, NoRebindableSyntax, NoOverloadedStrings, NoStrict, NoStrictData #-}

-- | 'ByteString' and @Uint8Array@, which Node's @Buffer@ is; 'Text' and strings. Both are copied, in one piece.
module HsWasm.Bytes
  ( bytesToJS
  , bufferToJS
  , isBytes
  , bytesFromJS
  , textToJS
  , textFromJS
  ) where

import Data.ByteString (ByteString)
import qualified Data.ByteString.Internal as B
import qualified Data.ByteString.Unsafe as B
import Data.Text (Text)
import qualified Data.Text.Encoding as T
import Data.Word (Word8)
import Foreign (Ptr, castPtr)
import GHC.Wasm.Prim

-- | A new @Uint8Array@.
bytesToJS :: ByteString -> IO JSVal
bytesToJS bytes = B.unsafeUseAsCStringLen bytes (\(start, size) -> js_bytes (castPtr start) size)

-- | A new @Buffer@ of Node's.
bufferToJS :: ByteString -> IO JSVal
bufferToJS bytes = bytesToJS bytes >>= js_buffer

-- | The bytes of an @ArrayBuffer@ or of a view of one (see 'isBytes').
bytesFromJS :: JSVal -> IO ByteString
bytesFromJS value = do
  view <- js_view value
  size <- js_size view
  B.create size (js_copy view size)

-- | A string.
textToJS :: Text -> IO JSString
textToJS text = B.unsafeUseAsCStringLen (T.encodeUtf8 text) (\(start, size) -> js_text (castPtr start) size)

-- | The text of a string; U+FFFD for half a surrogate pair.
textFromJS :: JSString -> IO Text
textFromJS string = T.decodeUtf8 <$> (js_utf8 string >>= bytesFromJS)

foreign import javascript unsafe "ArrayBuffer.isView($1) || /^\\[object (Shared)?ArrayBuffer\\]$/.test(Object.prototype.toString.call($1))"
  isBytes :: JSVal -> IO Bool

foreign import javascript unsafe "new Uint8Array(__exports.memory.buffer, $1 >>> 0, $2).slice()"
  js_bytes :: Ptr Word8 -> Int -> IO JSVal

foreign import javascript unsafe "Buffer.from($1.buffer)"
  js_buffer :: JSVal -> IO JSVal

foreign import javascript unsafe "ArrayBuffer.isView($1) ? new Uint8Array($1.buffer, $1.byteOffset, $1.byteLength) : new Uint8Array($1)"
  js_view :: JSVal -> IO JSVal

foreign import javascript unsafe "$1.length"
  js_size :: JSVal -> IO Int

foreign import javascript unsafe "new Uint8Array(__exports.memory.buffer, $3 >>> 0, $2).set($1)"
  js_copy :: JSVal -> Int -> Ptr Word8 -> IO ()

foreign import javascript unsafe "new TextDecoder('utf-8', { ignoreBOM: true }).decode(new Uint8Array(__exports.memory.buffer, $1 >>> 0, $2))"
  js_text :: Ptr Word8 -> Int -> IO JSString

foreign import javascript unsafe "new TextEncoder().encode($1)"
  js_utf8 :: JSString -> IO JSVal
