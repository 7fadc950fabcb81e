-- A module of 5 MB: what reads licenses and descriptions of packages.
module Medium where

import Distribution.PackageDescription (PackageDescription)
import Distribution.Parsec (eitherParsec)
import Distribution.SPDX (License)

foreign export javascript "noop" noop :: IO ()

noop :: IO ()
noop = pure ()

foreign export javascript "describe" describe :: Int -> IO Int

describe :: Int -> IO Int
describe n = pure (length (show (license, packages)))
  where
    license = eitherParsec (replicate n 'x') :: Either String License
    packages = reads (show n) :: [(PackageDescription, String)]
