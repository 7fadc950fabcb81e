-- Runs packages' Setups, each in a process that is forked from this one, which has Cabal in its memory: the interpreter
-- would take longer to start than many a package to build.
--   Setup.hs <REQUESTS
-- A request is a line, the name of a file. That holds, each ended by a byte of 0: the package's folder, a file for what is
-- said, a pipe for the reply, by how much to give way (nice), simple or configure, and COMMAND ARG... -- COMMAND ARG...
-- The reply is a line: `done`, and the seconds of processors it took; or `failed`. Ends when stdin does.
module Main (main) where

import Control.Concurrent (forkIO)
import Control.Monad (unless, void)
import Distribution.Simple
import System.Exit (ExitCode (ExitSuccess))
import System.IO
import System.Posix

main :: IO ()
main = do
  ended <- isEOF
  unless ended $ getLine >>= answer >> main

answer :: FilePath -> IO ()
answer request = do
  folder : said : reply : niceness : kind : arguments <- fields <$> readFile request
  child <- forkProcess $ do
    changeWorkingDirectory folder
    out <- openFd said WriteOnly defaultFileFlags {append = True}
    mapM_ (dupTo out) [stdOutput, stdError]
    nothing <- openFd "/dev/null" ReadOnly defaultFileFlags
    void $ dupTo nothing stdInput
    nice (read niceness)
    mapM_ (run kind) (commands arguments)
    hFlush stdout
    seconds <- processorSeconds
    writeFile (request ++ ".seconds") (show seconds)
  void . forkIO $ do
    status <- getProcessStatus True False child
    text <- case status of
      Just (Exited ExitSuccess) -> ("done " ++) <$> readFile (request ++ ".seconds")
      _ -> pure "failed"
    writeFile reply (text ++ "\n")
  where
    run "configure" = defaultMainWithHooksArgs autoconfUserHooks
    run _ = defaultMainWithHooksArgs simpleUserHooks

-- | Of this process and of those that it has started.
processorSeconds :: IO Double
processorSeconds = do
  times <- getProcessTimes
  ticks <- getSysVar ClockTick
  let taken = sum [fromEnum (part times) | part <- [userTime, systemTime, childUserTime, childSystemTime]]
  pure (fromIntegral taken / fromInteger ticks)

fields :: String -> [String]
fields text = case break (== '\0') text of
  (field, _ : rest) -> field : fields rest
  _ -> []

commands :: [String] -> [[String]]
commands arguments = case break (== "--") arguments of
  (command, _ : rest) -> command : commands rest
  (command, []) -> [command]
