{-# OPTIONS_GHC -w #-}
{-# LANGUAGE Haskell2010, ImplicitPrelude, NoRebindableSyntax, NoOverloadedStrings, NoStrict, NoStrictData #-}
{-# LANGUAGE FlexibleContexts, FlexibleInstances, KindSignatures, RankNTypes, ScopedTypeVariables, TypeOperators #-}

-- | How data types look in JavaScript: see "HsWasm.Convert".
module HsWasm.Generic () where

import Data.Kind (Type)
import Data.List (intercalate)
import Data.Proxy
import GHC.Generics
import GHC.Wasm.Prim
import HsWasm.Class
import HsWasm.Value

-- | What a type's constructors make of it.
data Shape
  = -- | Several, none with fields: strings.
    Names
  | -- | One: its fields.
    Fields Outline
  | -- | Several: objects that tell which.
    Tagged

-- | A constructor: its name, and the names of its fields.
type Outline = (String, [String])

shape :: [Outline] -> Shape
shape [only] = Fields only
shape all
  | any (not . null . snd) all = Tagged
  | otherwise = Names

class Outlines (f :: Type -> Type) where
  outlines :: Proxy f -> [Outline]

instance (Outlines f, Outlines g) => Outlines (f :+: g) where
  outlines _ = outlines (Proxy :: Proxy f) <> outlines (Proxy :: Proxy g)

instance (Constructor c, FieldNames f) => Outlines (C1 c f) where
  outlines proxy = [(nameOf proxy, fieldNames (Proxy :: Proxy f))]

nameOf :: forall c f. Constructor c => Proxy (C1 c f) -> String
nameOf _ = conName (undefined :: C1 c f ())

class FieldNames (f :: Type -> Type) where
  fieldNames :: Proxy f -> [String]

instance FieldNames U1 where fieldNames _ = []

instance Selector s => FieldNames (S1 s f) where fieldNames _ = [selName (undefined :: S1 s f ())]

instance (FieldNames f, FieldNames g) => FieldNames (f :*: g) where
  fieldNames _ = fieldNames (Proxy :: Proxy f) <> fieldNames (Proxy :: Proxy g)

isRecord :: [String] -> Bool
isRecord names = not (null names) && all (not . null) names

-- To JavaScript.

instance (Outlines f, Choice f) => GToJS (D1 d f) where
  gToJS (M1 value) = do
    let (name, names, fields) = chosen value
    values <- sequence fields
    case shape (outlines (Proxy :: Proxy f)) of
      Names -> pure (string name)
      Fields _
        | isRecord names -> objectToJS (zip names values)
        | otherwise -> contents values
      Tagged -> do
        rest <- case values of
          [] -> pure []
          _ | isRecord names -> pure (zip names values)
          _ -> (\all -> [("contents", all)]) <$> contents values
        objectToJS (("tag", string name) : rest)

string :: String -> JSVal
string text = let JSString value = toJSString text in value

contents :: [JSVal] -> IO JSVal
contents [only] = pure only
contents several = arrayToJS several

class Choice (f :: Type -> Type) where
  chosen :: f p -> (String, [String], [IO JSVal])

instance (Choice f, Choice g) => Choice (f :+: g) where
  chosen (L1 left) = chosen left
  chosen (R1 right) = chosen right

instance (Constructor c, FieldNames f, Values f) => Choice (C1 c f) where
  chosen all@(M1 fields) = (conName all, fieldNames (Proxy :: Proxy f), values fields)

class Values (f :: Type -> Type) where
  values :: f p -> [IO JSVal]

instance Values U1 where values U1 = []

instance ToJS a => Values (S1 s (Rec0 a)) where values (M1 (K1 value)) = [toJS value]

instance (Values f, Values g) => Values (f :*: g) where values (f :*: g) = values f <> values g

-- From JavaScript.

-- | Reads the field of this name at this place.
type Reader = forall a. FromJS a => String -> Int -> IO a

instance (Outlines f, Build f) => GFromJS (D1 d f) where
  gFromJS value = M1 <$> case shape all of
    Names -> named value >>= maybe wrong ($ nothing)
    Fields (only, names) -> reader names value >>= \found -> maybe wrong ($ found) (build only)
    Tagged -> do
      tag <- at ".tag" (getProperty value "tag" >>= text)
      case lookup tag all of
        Nothing -> at ".tag" (getProperty value "tag" >>= refuse choice)
        Just [] -> maybe wrong ($ nothing) (build tag)
        Just names
          | isRecord names -> reader names value >>= \found -> maybe wrong ($ found) (build tag)
          | otherwise -> do
              inner <- getProperty value "contents"
              at ".contents" (reader names inner >>= \found -> maybe wrong ($ found) (build tag))
    where
      all = outlines (Proxy :: Proxy f)
      choice = intercalate " or " (map (show . fst) all)
      wrong :: IO a
      wrong = refuse choice value
      nothing = Found (\_ _ -> wrong)
      text inner = fromJSString . JSString <$> wanting choice js_isString pure inner
      named inner = do
        name <- text inner
        pure (if any ((== name) . fst) all then build name else Nothing)

newtype Found = Found Reader

-- | How to read fields of these names.
reader :: [String] -> JSVal -> IO Found
reader names value
  | isRecord names = wanting "an object" js_isObject (\object -> pure (Found (\name _ -> field object name))) value
  | [_] <- names = pure (Found (\_ _ -> fromJS value))
  | otherwise = do
      elements <- arrayFromJS (Just (length names)) value
      pure (Found (\_ index -> element elements index))

class Build (f :: Type -> Type) where
  build :: String -> Maybe (Found -> IO (f p))

instance (Build f, Build g) => Build (f :+: g) where
  build name = case build name of
    Just left -> Just (fmap L1 . left)
    Nothing -> fmap (fmap R1 .) (build name)

instance (Constructor c, Parts f) => Build (C1 c f) where
  build name
    | name == nameOf (Proxy :: Proxy (C1 c f)) = Just (\found -> M1 <$> parts 0 found)
    | otherwise = Nothing

class Parts (f :: Type -> Type) where
  width :: Proxy f -> Int
  parts :: Int -> Found -> IO (f p)

instance Parts U1 where
  width _ = 0
  parts _ _ = pure U1

instance (Selector s, FromJS a) => Parts (S1 s (Rec0 a)) where
  width _ = 1
  parts index (Found read) = M1 . K1 <$> read (selName (undefined :: S1 s (Rec0 a) ())) index

instance (Parts f, Parts g) => Parts (f :*: g) where
  width _ = width (Proxy :: Proxy f) + width (Proxy :: Proxy g)
  parts index found = (:*:) <$> parts index found <*> parts (index + width (Proxy :: Proxy f)) found

foreign import javascript unsafe "typeof $1 === 'string'"
  js_isString :: JSVal -> IO Bool

foreign import javascript unsafe "typeof $1 === 'object' && $1 !== null"
  js_isObject :: JSVal -> IO Bool
