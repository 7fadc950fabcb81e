{-# LANGUAGE BangPatterns #-}
{-# OPTIONS_GHC -fno-full-laziness #-}
-- Work that is done in GHC's code alone. Each export takes a size and gives a checksum.
module Compute where

import Control.Concurrent.STM
import Control.Monad
import Data.Char (isDigit, isSpace)
import Data.List (foldl')
import Data.Map.Strict qualified as Map
import Data.Text qualified as Text

foreign export javascript "dataMap" dataMap :: Int -> IO Int
foreign export javascript "sieve" sieve :: Int -> IO Int
foreign export javascript "fib" fibOf :: Int -> IO Int
foreign export javascript "nbody" nbody :: Int -> IO Double
foreign export javascript "parser" parser :: Int -> IO Int
foreign export javascript "counter" counter :: Int -> IO Int

dataMap :: Int -> IO Int
dataMap n = pure $! Map.foldl' (+) 0 filled
  where
    filled = foldl' (\m k -> Map.insertWith (+) (k * 7919 `mod` 100003) k m) Map.empty [1 .. n]

sieve :: Int -> IO Int
sieve n = pure $! length (go [2 .. n])
  where
    go (p : rest) = p : go [x | x <- rest, x `mod` p /= 0]
    go [] = []

fibOf :: Int -> IO Int
fibOf n = pure $! fib n

fib :: Int -> Int
fib n = if n < 2 then n else fib (n - 1) + fib (n - 2)

data Body = Body !Double !Double !Double !Double !Double !Double !Double

-- | Steps of five bodies that attract each other; the energy at the end.
nbody :: Int -> IO Double
nbody steps = pure $! sum [m * (vx * vx + vy * vy + vz * vz) | Body _ _ _ vx vy vz m <- iterate step bodies !! steps]
  where
    bodies = [Body (fromIntegral i) (fromIntegral (i * i)) 1 0 (1 / fromIntegral i) 0 (1 / fromIntegral i) | i <- [1 .. 5 :: Int]]
    step bs = map (move . pull bs) bs
    move (Body x y z vx vy vz m) = Body (x + 0.01 * vx) (y + 0.01 * vy) (z + 0.01 * vz) vx vy vz m
    pull bs (Body x y z vx vy vz m) = Body x y z (vx + ax) (vy + ay) (vz + az) m
      where
        (ax, ay, az) = foldl' add (0, 0, 0) bs
        add (!a, !b, !c) (Body x' y' z' _ _ _ m') =
          let (dx, dy, dz) = (x' - x, y' - y, z' - z)
              d2 = dx * dx + dy * dy + dz * dz + 0.01
              f = 0.01 * m' / (d2 * sqrt d2)
           in (a + dx * f, b + dy * f, c + dz * f)

-- | Sums the numbers of a text of so many lines.
parser :: Int -> IO Int
parser n = pure $! sum (map line (Text.lines text))
  where
    text = Text.unlines [Text.pack ("key" ++ show k ++ " = " ++ show (k * 31) ++ " ; end") | k <- [1 .. n]]
    line l = case Text.break (== '=') l of
      (_, rest) -> number (Text.takeWhile isDigit (Text.dropWhile isSpace (Text.drop 1 rest)))
    number = Text.foldl' (\a c -> a * 10 + fromEnum c - 48) 0

counter :: Int -> IO Int
counter n = do
  var <- newTVarIO 0
  replicateM_ n (atomically (modifyTVar' var (+ 1)))
  readTVarIO var
