-- | Shows: Haskell speaks HTTP with JavaScript's own fetch, several requests at a time.
module Fetch where

import Control.Exception (evaluate)
import GHC.Wasm.Prim

foreign import javascript "const r = await fetch($1); if (!r.ok) throw new Error(r.status + ' ' + r.statusText); return r.text();"
  fetchText :: JSString -> IO JSString

foreign export javascript "titles" titles :: JSString -> IO JSString

-- | The requests run at the same time: each result is a thunk, which is awaited only when it is looked at.
titles :: JSString -> IO JSString
titles base = do
  pages <- mapM (fetchText . toJSString . (fromJSString base ++)) ["/haskell", "/wasm", "/node"]
  mapM_ evaluate pages
  pure (toJSString (unlines (map (title . fromJSString) pages)))

title :: String -> String
title page = case break (== '<') page of
  (_, '<' : 'h' : '1' : '>' : rest) -> takeWhile (/= '<') rest
  (_, _ : rest) -> title rest
  _ -> "(no title)"
