# Prune, prove, manifest: the last steps.
# shellcheck shell=bash

# Leaves of the distribution's programs what the compiler starts, and the libraries that these load.
prune_prefix() {
  local keep=$WORK/keep
  {
    host_programs
    loaded_files
    echo "$LOADER"
  } | xargs -d '\n' readlink -f >"$keep"
  find "$ROOT" -type f ! -path "$LLVMDIR/lib/clang/*" | grep -Fxv -f "$keep" | tr '\n' '\0' | xargs -0 -r rm -f
  find "$ROOT" -xtype l -delete
  find "$ROOT" -depth -type d -empty -delete
}

# Most of what is temporary, removed beside the proof.
clear_work() {
  rm -rf "${WORK:?}"/{apt,apt-source,source,rts,libs,answers,find-out,configured,probed,asked,setups} &
  CLEARING=$!
}

# prove_compiler LEVEL...: compiles and runs a command and a JSFFI reactor, side by side, at these levels of optimisation.
# A broken install ends here.
prove_compiler() {
  local dir=$WORK/prove level command
  rm -rf "$dir" && mkdir -p "$dir"
  cp "$HERE"/files/{Hello.hs,Constants.hsc,twice.c,Reactor.hs,prove.mjs} "$dir/"
  cd "$dir"
  "$BIN/wasm32-wasi-hsc2hs" Constants.hsc
  for level; do
    prove_command "$level" &
    command=$!
    prove_reactor "$level"
    wait "$command"
  done
  cd "$PREFIX"
  rm -rf "$dir"
}
prove_command() {
  prove_ghc "$1" hello.wasm Hello.hs twice.c
  [ "$("$NODE" --no-warnings "$BIN/run-wasi.mjs" hello.wasm)" = "HELLO (333833500,42,6)" ]
}
prove_reactor() {
  prove_ghc "$1" reactor.wasm Reactor.hs -no-hs-main -optl-mexec-model=reactor -optl-Wl,--export=greet
  "$NODE" "$LIB/post-link.mjs" -i reactor.wasm -o reactor.mjs
  "$NODE" --no-warnings prove.mjs reactor.wasm reactor.mjs
}
prove_ghc() { "$BIN/wasm32-wasi-ghc" -package-env - -no-user-package-db "-O$1" -outputdir "$2.$1" -o "${@:2}"; }

# In one rename, and last: who finds the manifest finds a compiler that works.
write_manifest() {
  local id package packages='' bytes
  id=$(basename "$PREFIX")
  wait "$CLEARING"
  rm -rf "$WORK"
  bytes=$(du -sk "$PREFIX" | cut -f1)
  for package in $(target_ghc_pkg list --simple-output); do
    packages+="${packages:+,}$(json "${package%-*}"):$(json "${package##*-}")"
  done
  printf '{"id":%s,"recipe":%d,"ghc":%s,"llvm":%s,"suite":%s,"arch":%s,"bytes":%d,"packages":{%s}}\n' \
    "$(json "$id")" "$recipe" "$(json "$VER")" "$(json "$LLVM")" "$(json "$SUITE")" "$(json "$(uname -m)")" $((bytes * 1024)) \
    "$packages" >"$PREFIX/toolchain.json.new"
  finish_manifest
}
finish_manifest() {
  mv "$PREFIX/toolchain.json.new" "$PREFIX/toolchain.json"
  progress "done" "$(basename "$PREFIX")" 1 1
}

# What was unpacked from an archive, whole by its checksum, becomes a toolchain when it works here. Its manifest waits
# under the name toolchain.json.new.
adopt_prefix() {
  progress relocate relocate 1 1
  STEP=relocate
  "$BIN/relocate" 2>"$WORK/log/relocate.log" || die "$(cat "$WORK/log/relocate.log")"
  progress prove prove 1 1
  STEP=prove
  prove_compiler 1 >"$WORK/log/prove.log" 2>&1
  rm -rf "$WORK"
  finish_manifest
}
