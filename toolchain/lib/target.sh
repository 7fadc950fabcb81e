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

write_commands() {
  local llvm=$LLVMDIR/bin
  # no -msimd128 (the rts' xxhash.h then wants arm_neon.h) and no -D_WASI_EMULATED_SIGNAL (GHC's rts decides about
  # user signals by <signal.h> failing to compile)
  cp "$HERE/ffi/wasm32-wasi-clang" "$BIN/"
  command_file wasm32-wasi-cc "exec $llvm/clang --target=$1 --sysroot=$SYSROOT -B$llvm -Wno-unused-command-line-argument $CLANG_FLAGS \"\$@\""
  command_file wasm32-wasi-ghc "exec $HOSTBIN/ghc-$VER -B$LIB \"\$@\""
  command_file wasm32-wasi-ghc-pkg "exec $HOSTBIN/ghc-pkg-$VER --global-package-db=$LIB/package.conf.d \"\$@\""
  command_file wasm-ld "exec $llvm/wasm-ld \"\$@\""
  command_file llvm-ar "exec $llvm/llvm-ar \"\$@\""
  command_file llvm-ranlib "exec $llvm/llvm-ar s \"\$@\""
  command_file llvm-nm "exec $llvm/llvm-nm \"\$@\""
  command_file llvm-strip "exec $llvm/llvm-strip \"\$@\""
  command_file unlit "exec $HOSTBIN/unlit-ghc-$VER \"\$@\""
  cp "$HERE/files/run-wasi.mjs" "$BIN/"
  local name
  for name in hsc2hs-ld wasm32-wasi-hsc2hs; do
    sed -e "s#@BIN@#$BIN#g; s#@HSC2HS@#$HOSTBIN/hsc2hs-ghc-$VER#g; s#@LIB@#$LIB#g" "$HERE/files/$name.in" >"$BIN/$name"
    chmod +x "$BIN/$name"
  done
}
command_file() {
  printf '#!/bin/sh\n%s\n' "$2" >"$BIN/$1"
  chmod +x "$BIN/$1"
}

target_ghc_pkg() { "$BIN/wasm32-wasi-ghc-pkg" "$@"; }
