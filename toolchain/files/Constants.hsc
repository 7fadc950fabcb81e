-- A constant of the target's C library, read by hsc2hs.
module Constants (eagain) where

#include <errno.h>

eagain :: Int
eagain = #{const EAGAIN}
