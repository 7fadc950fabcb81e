-- | Shows: a command, with arguments, files and an exit code, as it would be written for any system.
module Main where

import Control.Exception (IOException, evaluate, try)
import Control.Monad (unless)
import Data.Either (lefts, rights)
import System.Environment (getArgs)
import System.Exit (exitFailure)
import System.IO (hPrint, stderr)

main :: IO ()
main = do
  results <- mapM (try . countLines) =<< getArgs
  writeFile "/data/total.txt" (show (sum (rights results)) ++ "\n")
  let failures = lefts results :: [IOException]
  mapM_ (hPrint stderr) failures
  unless (null failures) exitFailure

countLines :: FilePath -> IO Int
countLines name = do
  count <- evaluate . length . lines =<< readFile name
  putStrLn (name ++ ": " ++ show count ++ " lines")
  pure count
