{-# OPTIONS_GHC -w #-}
{-# LANGUAGE Haskell2010, ImplicitPrelude, NoRebindableSyntax, NoOverloadedStrings, NoStrict, NoStrictData #-}
{-# LANGUAGE DefaultSignatures, FlexibleContexts #-}

-- | The classes of "HsWasm.Convert", and what their instances are made of.
module HsWasm.Class
  ( ToJS (..)
  , FromJS (..)
  , GToJS (..)
  , GFromJS (..)
  , ConversionError (..)
  , wanting
  , refuse
  , at
  , field
  , element
  , arrayToJS
  , arrayFromJS
  , objectToJS
  ) where

import Control.Exception
import Control.Monad (when)
import GHC.Generics (Generic, Rep, from, to)
import GHC.Wasm.Prim
import HsWasm.Try
import HsWasm.Value

class ToJS a where
  toJS :: a -> IO JSVal
  default toJS :: (Generic a, GToJS (Rep a)) => a -> IO JSVal
  toJS = gToJS . from

  -- | How lists of it look: only strings are no arrays.
  listToJS :: [a] -> IO JSVal
  listToJS elements = mapM toJS elements >>= arrayToJS

class FromJS a where
  -- | Throws a 'ConversionError'.
  fromJS :: JSVal -> IO a
  default fromJS :: (Generic a, GFromJS (Rep a)) => JSVal -> IO a
  fromJS value = to <$> gFromJS value

  listFromJS :: JSVal -> IO [a]
  listFromJS value = do
    elements <- arrayFromJS Nothing value
    size <- js_size elements
    mapM (element elements) [0 .. size - 1]

class GToJS f where
  gToJS :: f p -> IO JSVal

class GFromJS f where
  gFromJS :: JSVal -> IO (f p)

-- | A value is not what was wanted.
data ConversionError = ConversionError
  { conversionPath :: String
  -- ^ Where in the whole: @.items[3].name@.
  , conversionWanted :: String
  , conversionFound :: String
  }
  deriving (Eq, Show)

instance Exception ConversionError where
  displayException (ConversionError path wanted found) =
    (if null path then "" else path <> ": ") <> "expected " <> wanted <> ", found " <> found

-- | Converts what the test lets pass.
wanting :: String -> (JSVal -> IO Bool) -> (JSVal -> IO a) -> JSVal -> IO a
wanting wanted test convert value = do
  right <- test value
  if right then convert value else refuse wanted value

refuse :: String -> JSVal -> IO a
refuse wanted value = do
  found <- js_found value
  throwIO (ConversionError "" wanted (fromJSString found))

-- | Says of errors where they are.
at :: String -> IO a -> IO a
at place = handle (\problem -> throwIO problem {conversionPath = place <> conversionPath problem})

-- | A property.
field :: FromJS a => JSVal -> String -> IO a
field object name = at ('.' : name) (getProperty object name >>= fromJS)

-- | An element of a plain array.
element :: FromJS a => JSVal -> Int -> IO a
element elements index = at ("[" <> show index <> "]") (js_element elements index >>= fromJS)

arrayToJS :: [JSVal] -> IO JSVal
arrayToJS values = do
  list <- js_list
  mapM_ (js_push list) values
  pure list

-- | A plain array with the elements of an array or of something else that can be iterated, but for a string.
arrayFromJS :: Maybe Int -> JSVal -> IO JSVal
arrayFromJS wantedSize value = do
  elements <- wanting wanted js_isIterable (throwing . js_elements) value
  size <- js_size elements
  when (maybe False (/= size) wantedSize) (throwIO (ConversionError "" wanted ("an array of " <> show size)))
  pure elements
  where
    wanted = maybe "an array" (\size -> "an array of " <> show size) wantedSize

objectToJS :: [(String, JSVal)] -> IO JSVal
objectToJS entries = do
  object <- js_object
  mapM_ (\(name, value) -> js_define object (toJSString name) value) entries
  pure object

foreign import javascript unsafe "$1 == null || typeof $1 === 'boolean' || typeof $1 === 'number' ? String($1) : typeof $1 === 'bigint' ? `${$1}n` : typeof $1 === 'string' ? JSON.stringify($1.length > 40 ? `${$1.slice(0, 37)}...` : $1) : Array.isArray($1) ? 'an array' : typeof $1 === 'object' ? 'an object' : `a ${typeof $1}`"
  js_found :: JSVal -> IO JSString

foreign import javascript unsafe "typeof $1 === 'object' && $1 !== null && Symbol.iterator in $1"
  js_isIterable :: JSVal -> IO Bool

foreign import javascript unsafe "() => [...$1]"
  js_elements :: JSVal -> IO JSVal

foreign import javascript unsafe "[]"
  js_list :: IO JSVal

foreign import javascript unsafe "$1.push($2)"
  js_push :: JSVal -> JSVal -> IO ()

foreign import javascript unsafe "$1.length"
  js_size :: JSVal -> IO Int

foreign import javascript unsafe "$1[$2]"
  js_element :: JSVal -> Int -> IO JSVal

foreign import javascript unsafe "({})"
  js_object :: IO JSVal

-- Not by assignment: a key may be __proto__.
foreign import javascript unsafe "Object.defineProperty($1, $2, { value: $3, writable: true, enumerable: true, configurable: true })"
  js_define :: JSVal -> JSString -> JSVal -> IO ()
