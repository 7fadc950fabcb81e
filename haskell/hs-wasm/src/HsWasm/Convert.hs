{-# OPTIONS_GHC -w #-}
{-# LANGUAGE Haskell2010, ImplicitPrelude, NoRebindableSyntax, NoOverloadedStrings, NoStrict, NoStrictData #-}
{-# LANGUAGE DefaultSignatures, FlexibleContexts, FlexibleInstances #-}

-- | Haskell's values as JavaScript's, and back. Data types need no more than @deriving (Generic, ToJS, FromJS)@:
--
-- * a record is an object, of its fields' names; a constructor of one field without a name is that field, of several an array;
-- * if no constructor has fields, each is a string: its name;
-- * other types with several constructors are objects with @tag@, the constructor's name, and the fields or @contents@.
module HsWasm.Convert
  ( ToJS (..)
  , FromJS (..)
  , ConversionError (..)
  , tryFromJS
  , toJSON
  , fromJSON
  , Generic
  ) where

import Control.Exception (try)
import Control.Monad (when)
import Data.ByteString (ByteString)
import Data.Char (chr)
import Data.Int
import Data.Map (Map)
import qualified Data.Map as Map
import Data.Text (Text)
import qualified Data.Text as T
import Data.Word
import GHC.Generics (Generic)
import GHC.Wasm.Prim
import HsWasm.Bytes
import HsWasm.Class
import HsWasm.Generic ()
import HsWasm.Value
import HsWasm.Try

-- | What 'fromJS' makes of the value, or why it cannot.
tryFromJS :: FromJS a => JSVal -> IO (Either ConversionError a)
tryFromJS = try . fromJS

-- | As text.
toJSON :: ToJS a => a -> IO Text
toJSON value = do
  text <- toJS value >>= throwing . js_stringify
  textFromJS (JSString text)

-- | From text. A 'JSException' if it is no JSON, a 'ConversionError' if it is another's.
fromJSON :: FromJS a => Text -> IO a
fromJSON text = textToJS text >>= throwing . js_parse >>= fromJS

instance ToJS JSVal where toJS = pure

instance FromJS JSVal where fromJS = pure

instance ToJS JSString where toJS (JSString value) = pure value

instance FromJS JSString where fromJS = wanting "a string" js_isString (pure . JSString)

instance ToJS Bool where toJS = js_ofBool

instance FromJS Bool where fromJS = wanting "true or false" js_isBool js_toBool

instance ToJS Char where
  toJS = js_ofChar
  listToJS text = toJS (toJSString text)

instance FromJS Char where
  fromJS = wanting "a string of one character" js_isChar (fmap chr . js_toChar)
  listFromJS value = fromJSString <$> fromJS value

instance ToJS Text where toJS text = textToJS text >>= toJS

instance FromJS Text where fromJS value = fromJS value >>= textFromJS

-- | A @Uint8Array@.
instance ToJS ByteString where toJS = bytesToJS

instance FromJS ByteString where fromJS = wanting "bytes (a Uint8Array, a Buffer or an ArrayBuffer)" isBytes bytesFromJS

instance ToJS Double where toJS = js_ofDouble

instance FromJS Double where fromJS = wanting "a number" js_isNumber js_toDouble

instance ToJS Float where toJS = js_ofDouble . realToFrac

instance FromJS Float where fromJS = fmap realToFrac . number

number :: JSVal -> IO Double
number = fromJS

instance ToJS Int where toJS = small

instance FromJS Int where fromJS = bounded

instance ToJS Int8 where toJS = small

instance FromJS Int8 where fromJS = bounded

instance ToJS Int16 where toJS = small

instance FromJS Int16 where fromJS = bounded

instance ToJS Int32 where toJS = small

instance FromJS Int32 where fromJS = bounded

instance ToJS Word where toJS = small

instance FromJS Word where fromJS = bounded

instance ToJS Word8 where toJS = small

instance FromJS Word8 where fromJS = bounded

instance ToJS Word16 where toJS = small

instance FromJS Word16 where fromJS = bounded

instance ToJS Word32 where toJS = small

instance FromJS Word32 where fromJS = bounded

-- | A bigint; also from a whole number.
instance ToJS Int64 where toJS = toJS . toInteger

instance FromJS Int64 where fromJS = large

instance ToJS Word64 where toJS = toJS . toInteger

instance FromJS Word64 where fromJS = large

instance ToJS Integer where toJS = js_ofInteger . toJSString . show

instance FromJS Integer where
  fromJS = wanting "a bigint or a whole number" js_isInteger (fmap (read . fromJSString) . js_toInteger)

-- | What fits into 32 bits is a number.
small :: Integral a => a -> IO JSVal
small = js_ofDouble . fromIntegral

bounded :: (Bounded a, Integral a) => JSVal -> IO a
bounded = within minBound maxBound
  where
    within :: Integral a => a -> a -> JSVal -> IO a
    within low high = wanting (range "a whole number" low high) (js_isWithin (fromIntegral low) (fromIntegral high)) (fmap truncate . js_toDouble)

large :: (Bounded a, Integral a) => JSVal -> IO a
large = within minBound maxBound
  where
    within :: Integral a => a -> a -> JSVal -> IO a
    within low high value = do
      whole <- fromJS value
      when (whole < toInteger low || whole > toInteger high) (refuse (range "a bigint" low high) value)
      pure (fromInteger whole)

range :: Integral a => String -> a -> a -> String
range what low high = what <> " from " <> show (toInteger low) <> " to " <> show (toInteger high)

-- | @undefined@, whatever the other side has.
instance ToJS () where toJS () = undefined_

instance FromJS () where fromJS _ = pure ()

-- | 'Nothing' is @null@, or @undefined@ from the other side.
instance ToJS a => ToJS (Maybe a) where toJS = maybe null_ toJS

instance FromJS a => FromJS (Maybe a) where
  fromJS value = do
    absent <- isNullish value
    if absent then pure Nothing else Just <$> fromJS value

instance ToJS a => ToJS [a] where toJS = listToJS

instance FromJS a => FromJS [a] where fromJS = listFromJS

instance (ToJS a, ToJS b) => ToJS (a, b) where
  toJS (a, b) = sequence [toJS a, toJS b] >>= arrayToJS

instance (FromJS a, FromJS b) => FromJS (a, b) where
  fromJS value = do
    elements <- arrayFromJS (Just 2) value
    (,) <$> element elements 0 <*> element elements 1

instance (ToJS a, ToJS b, ToJS c) => ToJS (a, b, c) where
  toJS (a, b, c) = sequence [toJS a, toJS b, toJS c] >>= arrayToJS

instance (FromJS a, FromJS b, FromJS c) => FromJS (a, b, c) where
  fromJS value = do
    elements <- arrayFromJS (Just 3) value
    (,,) <$> element elements 0 <*> element elements 1 <*> element elements 2

-- | An object by its own enumerable keys.
instance ToJS a => ToJS (Map Text a) where
  toJS entries = mapM (\(key, value) -> (,) (T.unpack key) <$> toJS value) (Map.toList entries) >>= objectToJS

instance FromJS a => FromJS (Map Text a) where
  fromJS = wanting "an object" js_isObject $ \object -> do
    keys <- throwing (js_keys object) >>= fromJS
    Map.fromList <$> mapM (\key -> (,) key <$> field object (T.unpack key)) keys

foreign import javascript unsafe "() => JSON.stringify($1) ?? 'null'"
  js_stringify :: JSVal -> IO JSVal

foreign import javascript unsafe "() => JSON.parse($1)"
  js_parse :: JSString -> IO JSVal

foreign import javascript unsafe "typeof $1 === 'string'"
  js_isString :: JSVal -> IO Bool

foreign import javascript unsafe "typeof $1 === 'boolean'"
  js_isBool :: JSVal -> IO Bool

foreign import javascript unsafe "$1 !== 0"
  js_ofBool :: Bool -> IO JSVal

foreign import javascript unsafe "$1"
  js_toBool :: JSVal -> IO Bool

foreign import javascript unsafe "String.fromCodePoint($1)"
  js_ofChar :: Char -> IO JSVal

foreign import javascript unsafe "typeof $1 === 'string' && $1 !== '' && String.fromCodePoint($1.codePointAt(0)) === $1"
  js_isChar :: JSVal -> IO Bool

foreign import javascript unsafe "$1.codePointAt(0)"
  js_toChar :: JSVal -> IO Int

foreign import javascript unsafe "typeof $1 === 'number'"
  js_isNumber :: JSVal -> IO Bool

foreign import javascript unsafe "$1"
  js_ofDouble :: Double -> IO JSVal

foreign import javascript unsafe "$1"
  js_toDouble :: JSVal -> IO Double

foreign import javascript unsafe "Number.isInteger($3) && $3 >= $1 && $3 <= $2"
  js_isWithin :: Double -> Double -> JSVal -> IO Bool

foreign import javascript unsafe "typeof $1 === 'bigint' || Number.isInteger($1)"
  js_isInteger :: JSVal -> IO Bool

foreign import javascript unsafe "BigInt($1)"
  js_ofInteger :: JSString -> IO JSVal

foreign import javascript unsafe "String(BigInt($1))"
  js_toInteger :: JSVal -> IO JSString

foreign import javascript unsafe "typeof $1 === 'object' && $1 !== null"
  js_isObject :: JSVal -> IO Bool

foreign import javascript unsafe "() => Object.keys($1)"
  js_keys :: JSVal -> IO JSVal
