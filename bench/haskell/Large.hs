{-# LANGUAGE TemplateHaskell #-}

-- A module of 20 MB: all of Cabal, the printer of Template Haskell, times and texts.
module Large where

import qualified Data.Text as T
import qualified Data.Text.IO as T
import Data.Time (getZonedTime)
import Distribution.PackageDescription (PackageDescription)
import Distribution.Simple (defaultMainArgs)
import Distribution.Simple.PackageIndex (InstalledPackageIndex)
import qualified Language.Haskell.TH as TH

foreign export javascript "noop" noop :: IO ()

noop :: IO ()
noop = pure ()

foreign export javascript "setup" setup :: IO ()

setup :: IO ()
setup = do
  text <- getContents
  print (read text :: PackageDescription)
  print (read text :: InstalledPackageIndex)
  now <- getZonedTime
  T.putStrLn (T.toUpper (T.pack (show now)))
  expression <- TH.runQ [|\x -> [x + 1 :: Int]|]
  putStrLn (TH.pprint expression)
  declaration <- TH.runQ [d|data X = X Int deriving (Show)|]
  putStrLn (TH.pprint declaration)
  defaultMainArgs ["--help"]
