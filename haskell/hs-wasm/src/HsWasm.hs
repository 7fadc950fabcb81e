{-# OPTIONS_GHC -w #-}
{-# LANGUAGE Haskell2010, ImplicitPrelude, NoRebindableSyntax, NoOverloadedStrings, NoStrict, NoStrictData #-}

-- | Haskell and JavaScript values, streams, events and errors. Each module can be imported alone; what is not used is not linked.
module HsWasm
  ( module HsWasm.Abort
  , module HsWasm.Bytes
  , module HsWasm.Callback
  , module HsWasm.Convert
  , module HsWasm.Event
  , module HsWasm.Stream
  , module HsWasm.Try
  , module HsWasm.Value
  ) where

import HsWasm.Abort
import HsWasm.Bytes
import HsWasm.Callback
import HsWasm.Convert
import HsWasm.Event
import HsWasm.Stream
import HsWasm.Try
import HsWasm.Value
