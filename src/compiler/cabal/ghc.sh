#!/bin/sh
# What cabal takes for GHC. It marks which package a message is about, by the folder in which cabal starts GHC; and
# the session at the end of `cabal repl` becomes a list of arguments.
build=
for argument; do
  case $argument in
    --interactive)
      printf '%s\0' "$PWD" "$@" >"$HS_WASM_ARGUMENTS"
      exit
      ;;
    --make | -c) build=1 ;;
  esac
done
[ "$build" ] || exec "$HS_WASM_COMPILER" "$@"
echo "::ghc $PWD"
echo "::ghc $PWD" >&2
"$HS_WASM_COMPILER" "$@" -fdiagnostics-as-json "-j$HS_WASM_JOBS"
status=$?
echo "::cabal" >&2
exit $status
