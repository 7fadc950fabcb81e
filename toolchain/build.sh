#!/usr/bin/env bash
# Builds a wasm32-wasi GHC with JSFFI from the distribution's packages: no root, no network but apt's.
#
#   build.sh [--progress json|text] [--jobs N] [--supervised] [--adopt] PREFIX
#
#   --progress    how to report on stdout (default: text); README.md documents the json form
#   --jobs N      processes at once (default: one per processor)
#   --supervised  stdin is a pipe held by the caller: when it closes, everything started here is killed
#   --adopt       PREFIX was unpacked from an archive: make it work where it is, and prove that it does
#
# The idea: GHC's binary carries every native code generator; the *target* is data in its libdir (`settings`,
# the package db, DerivedConstants.h). So the distribution's stock ghc, started with -B on a libdir whose settings
# say ArchWasm32/OSWasi, is a wasm cross compiler. Only the target's rts and boot libraries have to be built.
#
# Invariant: PREFIX/toolchain.json exists only if the compiler in PREFIX has just compiled and run two programs.
# Every step leaves a mark after it succeeded, and clears what an interrupted run may have left before it begins.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=/dev/null
. "$HERE/RECIPE"
for part in common check fetch relocate target jobs answers answerers rts patches probes setups libraries finish; do
  # shellcheck source=/dev/null
  . "$HERE/lib/$part.sh"
done

PROGRESS=text JOBS=$(nproc) SUPERVISED= ADOPT=
while [ $# -gt 1 ]; do
  case $1 in
    --progress)
      PROGRESS=$2
      shift 2
      ;;
    --jobs)
      JOBS=$2
      shift 2
      ;;
    --supervised)
      SUPERVISED=1
      shift
      ;;
    --adopt)
      ADOPT=1
      shift
      ;;
    *) break ;;
  esac
done
if [ $# -ne 1 ] || [ "${1#-}" != "$1" ]; then
  echo "usage: build.sh [--progress json|text] [--jobs N] [--supervised] [--adopt] PREFIX" >&2
  exit 2
fi

open_prefix "$1"
[ -z "$SUPERVISED" ] || die_with_caller
check_machine
lock_prefix
discard_what_does_not_fit
if [ -f "$PREFIX/toolchain.json" ]; then
  progress "done" "$(basename "$PREFIX")" 1 1 "already installed"
  exit 0
fi
clean_environment
if [ -n "$ADOPT" ]; then
  adopt_prefix
  exit
fi

step fetch fetch_packages
step unpack unpack_packages
load_versions
step relocate relocate_programs
step target write_target
step libraries build_libraries
step prune prune_prefix
clear_work
step prove prove_compiler 0 1 2
write_manifest
