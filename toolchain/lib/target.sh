# The target as data: sysroot, command wrappers and GHC's `settings`.
# shellcheck shell=bash

CLANG_FLAGS="-mnontrapping-fptoint -msign-ext -mbulk-memory -mmutable-globals -mmultivalue -mreference-types"

write_target() {
  rm -rf "$SYSROOT" "$BIN" "$LIB"
  mkdir -p "$SYSROOT"/{include,lib} "$BIN" "$LIB/package.conf.d"
  local triple=wasm32-wasip1 # LLVM's name since 19; before that wasm32-wasi
  [ -d "$ROOT/usr/include/$triple" ] || triple=wasm32-wasi
  cp -rL "$ROOT/usr/include/$triple" "$SYSROOT/include/"
  cp -rL "$ROOT/usr/lib/$triple" "$SYSROOT/lib/"
  write_commands "$triple"
  cp "$HERE/files/settings" "$LIB/settings"
  cp "$HOSTLIB"/{post-link.mjs,prelude.js,template-hsc.h,ghc-usage.txt} "$LIB/"
}

# The commands find the toolchain by their own place (files/prefix.sh): nothing here knows where it lies.
RESOLVE='self=$0; [ ! -L "$self" ] || self=$(readlink -f "$self"); . "${self%/*}/prefix.sh"'

write_commands() {
  local llvm=\$prefix/${LLVMDIR#"$PREFIX/"}/bin host=\$prefix/${HOSTBIN#"$PREFIX/"} name
  # no -msimd128 (the rts' xxhash.h then wants arm_neon.h) and no -D_WASI_EMULATED_SIGNAL (GHC's rts decides about
  # user signals by <signal.h> failing to compile)
  cp "$HERE/ffi/wasm32-wasi-clang" "$BIN/"
  command_file wasm32-wasi-cc "\"$llvm/clang\" --target=$1 --sysroot=\"\$prefix/sysroot\" -B\"$llvm\" -Wno-unused-command-line-argument $CLANG_FLAGS"
  command_file wasm32-wasi-ghc "\"$host/ghc-$VER\" -B\"\$prefix/lib\""
  command_file wasm32-wasi-ghc-pkg "\"$host/ghc-pkg-$VER\" --global-package-db=\"\$prefix/lib/package.conf.d\""
  for name in wasm-ld llvm-ar llvm-nm llvm-strip; do command_file "$name" "\"$llvm/$name\""; done
  command_file llvm-ranlib "\"$llvm/llvm-ar\" s"
  command_file unlit "\"$host/unlit-ghc-$VER\""
  cp "$HERE"/files/{run-wasi.mjs,relocate,prefix.sh} "$BIN/"
  for name in hsc2hs-ld wasm32-wasi-hsc2hs; do
    sed "s#@HSC2HS@#$host/hsc2hs-ghc-$VER#" "$HERE/files/$name.in" >"$BIN/$name"
    chmod +x "$BIN/$name"
  done
}
# command_file NAME COMMAND: COMMAND with the arguments of NAME.
command_file() {
  printf '#!/bin/sh\n%s\nexec %s "$@"\n' "$RESOLVE" "$2" >"$BIN/$1"
  chmod +x "$BIN/$1"
}

target_ghc_pkg() { "$BIN/wasm32-wasi-ghc-pkg" "$@"; }
