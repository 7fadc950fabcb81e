-- Runs several commands of a package's Setup in one start of the interpreter:
--   Setup.hs (simple|configure) COMMAND ARG... -- COMMAND ARG... -- ...
module Main (main) where

import Distribution.Simple
import System.Environment (getArgs)

main :: IO ()
main = do
  kind : arguments <- getArgs
  mapM_ (run kind) (commands arguments)
  where
    run "configure" = defaultMainWithHooksArgs autoconfUserHooks
    run _ = defaultMainWithHooksArgs simpleUserHooks

commands :: [String] -> [[String]]
commands arguments = case break (== "--") arguments of
  (command, _ : rest) -> command : commands rest
  (command, []) -> [command]
