# What every ./configure asks, answered once for all of them, in the form of their cache. One of them would start the
# compiler, a linker and a dozen small programs for each of some 500 questions.
# shellcheck shell=bash

answer_in_advance() {
  local dir=$WORK/answers
  rm -rf "$dir" "$dir.cache" && mkdir -p "$dir"
  cd "$dir"
  answer_headers >headers
  asked_constants >constants.inc
  # without these answers a ./configure finds them itself, a minute slower
  if ! "$CC" -w -I. "$HERE/files/answers.c" -o answers.wasm || ! "$NODE" --no-warnings "$BIN/run-wasi.mjs" answers.wasm >types; then : >types; fi
  answer_functions >functions
  cat types headers functions >"$dir.cache"
}

# Numbers that any ./configure asks for: errno, signals (none, where there is no signal.h), kinds of files.
asked_constants() {
  local name prefixes='E'
  ! grep -qx ac_cv_header_signal_h=no headers || prefixes='ES'
  # shellcheck disable=SC2013
  for name in $(sed -n "s/^ *FP_CHECK_CONSTS(\[\([$prefixes][^]]*\)\].*/\1/p" "$SRC"/libraries/*/configure.ac); do
    printf '#ifdef %s\nCONSTANT("%s", %s);\n#else\nCONSTANT("%s", -1);\n#endif\n' "$name" "$name" "$name" "$name"
  done
  # shellcheck disable=SC2013
  for name in $(sed -n 's/^ *FP_CHECK_CONST(\[\(DT_[^]]*\)\].*/\1/p' "$SRC/libraries/unix/configure.ac"); do
    printf '#ifdef %s\nCONSTANT("%s", %s);\n#endif\n' "$name" "$name" "$name"
  done
}

# asked header|func: the names of headers, or of functions, that any ./configure looks for.
asked() { sed -n "/^ *for ac_$1 in /{s///; s/\\\\\$//; p}" "$SRC"/rts/configure "$SRC"/libraries/*/configure | tr -s ' ' '\n' | sort -u; }

# answer KIND NAME yes|no
answer() { printf 'ac_cv_%s_%s=%s\n' "$1" "${2//[^A-Za-z0-9]/_}" "$3"; }

# A header is there if it compiles behind those that ./configure includes always: some of wasi-libc's say #error.
answer_headers() {
  local header
  asked header | sed 's/.*/#if !__has_include(<&>)\nmissing &\n#endif/' >asked.c
  "$CC" -E -P asked.c | sed -n 's/^missing //p' | tr -d ' ' >missing
  printf '#include <%s>\n' stdio.h sys/types.h sys/stat.h stdlib.h stddef.h string.h strings.h inttypes.h stdint.h unistd.h >default.h
  asked header | while read -r header; do
    if ! grep -Fxq "$header" missing && printf '#include "default.h"\n#include <%s>\n' "$header" >header.c &&
      "$CC" -w -fsyntax-only header.c; then
      answer header "$header" yes
    else
      answer header "$header" no
    fi
  done
}

# A function is there if libc defines it: ./configure asks whether a program that calls it can be linked.
answer_functions() {
  local function
  "$BIN/llvm-nm" --defined-only --extern-only --format=just-symbols --quiet "$SYSROOT"/lib/*/libc.a >symbols
  asked func | while read -r function; do
    if grep -Fxq "$function" symbols; then answer func "$function" yes; else answer func "$function" no; fi
  done
}
