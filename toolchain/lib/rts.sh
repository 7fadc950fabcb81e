# GHC's runtime system for wasm: headers first (every library needs them), objects beside the first libraries.
# shellcheck shell=bash

plan_rts() {
  local major=${VER%.*}
  # 9.10.3 -> 910 and 9.1003.0, the version of ghc-internal and its like
  INTVER=$(printf '%d%02d' "${major%.*}" "${major#*.}")
  LIBVER=${major%.*}.$(printf '%d%02d' "${major#*.}" "${VER##*.}").0
  RTSVER=$(sed -n 's/^[vV]ersion: *//p' "$SRC/rts/rts.cabal")
  RTS=$LIB/wasm32-wasi/rts-$RTSVER INCLUDE=$LIB/wasm32-wasi/rts-$RTSVER/include CC=$BIN/wasm32-wasi-clang
  HOST=$(uname -m)-unknown-linux TARGET=wasm32-unknown-wasi
  # the rest asks what it answers
  job answers configure 2 "" answer_in_advance
  job rts-headers rts 5 answers rts_headers
  job primop-wrappers rts 3 "" primop_wrappers
}

# The functions that primops are when they are not applied: a module of ghc-prim.
primop_wrappers() {
  "$CC" -w -E -undef -traditional -P -x c "$SRC/compiler/GHC/Builtin/primops.txt.pp" >"$WORK/primops.txt"
  # GHC/Prim.hs would be for documentation only: GHC knows the module
  run_haskell "$SRC/utils/genprimopcode/Main.hs" --make-haskell-wrappers <"$WORK/primops.txt" >"$WORK/PrimopWrappers.hs"
}

rts_headers() {
  local dir=$WORK/rts
  rm -rf "$dir" "$RTS"
  cp -r "$SRC/rts" "$dir"
  cp "$SRC"/{config.sub,config.guess,install-sh} "$SRC"/utils/fs/fs.[ch] "$dir/"
  cd "$dir"
  cp "$WORK/answers.cache" config.cache
  chmod +x configure config.sub config.guess
  CABAL_FLAG_libm=1 CABAL_FLAG_libnuma=0 CABAL_FLAG_libdw=0 CABAL_FLAG_libzstd=0 CABAL_FLAG_static_libzstd=0 CABAL_FLAG_libbfd=0 \
    CABAL_FLAG_leading_underscore=0 CABAL_FLAG_unregisterised=0 CABAL_FLAG_tables_next_to_code=0 CABAL_FLAG_find_ptr=0 \
    ./configure --build="$HOST" --host="$TARGET" CC="$CC" --cache-file=config.cache
  sed -e "s/@ProjectVersionInt@/$INTVER/; s/@ProjectVersion@/$VER/; s/@ProjectPatchLevel1@/${VER##*.}/; s/@ProjectPatchLevel2@/0/" \
    include/ghcversion.h.in >include/ghcversion.h
  cp "$HERE"/ffi/*.h include/
  # Named by what every program links (the interpreter of byte code) and never used: not a reason to link it.
  sed -i '1i #pragma weak ffi_call' Interpreter.c RtsSymbols.c
  # generated, and the same for every target: the native compiler's package has them
  cp "$HOSTLIB"/*/rts-*/include/rts/Event{LogConstants,Types}.h include/rts/
  mkdir -p tmp cmm obj
  run_haskell "$SRC/utils/deriveConstants/Main.hs" --gen-header -o include/DerivedConstants.h --target-os wasi --tmpdir tmp/ \
    --gcc-program "$CC" --nm-program "$BIN/llvm-nm" --objdump-program objdump \
    --gcc-flag -fcommon --gcc-flag -Iinclude --gcc-flag -I.
  mkdir -p "$RTS"
  cp -r include "$RTS/"
  register_rts
}

register_rts() {
  {
    cat <<CONF
name: rts
version: $RTSVER
visibility: public
id: rts-$RTSVER
key: rts-$RTSVER
license: BSD-3-Clause
exposed: True
library-dirs: \${pkgroot}/wasm32-wasi/rts-$RTSVER
hs-libraries: HSrts-$RTSVER Cffi
extra-libraries: m
include-dirs: \${pkgroot}/wasm32-wasi/rts-$RTSVER/include
includes: Rts.h
ld-options:
CONF
    sed -n '/-Wl,-u/p' rts.buildinfo
  } >tmp/rts.conf
  target_ghc_pkg update --force tmp/rts.conf
}

rts_objects() {
  cd "$WORK/rts"
  rm -f "$RTS"/*.a
  local pair source
  run_haskell "$SRC/utils/genapply/Main.hs" include/DerivedConstants.h >cmm/AutoApply.cmm
  {
    printf '%s\n' -O3 -fno-strict-aliasing -fomit-frame-pointer -w -std=gnu11 -Iinclude -I. -D_GNU_SOURCE=1 -DNOSMP \
      -DFS_NAMESPACE=rts -DCOMPILING_RTS
    for pair in ProjectVersion="$VER" RtsWay=rts_v HostPlatform="$TARGET" HostArch=wasm32 HostOS=wasi HostVendor=unknown \
      BuildPlatform="$HOST" BuildArch="${HOST%%-*}" BuildOS=linux BuildVendor=unknown TargetPlatform="$TARGET" \
      TargetArch=wasm32 TargetOS=wasi TargetVendor=unknown GhcUnregisterised=NO TablesNextToCode=NO; do
      printf -- '-D%s=\\"%s\\"\n' "${pair%%=*}" "${pair#*=}"
    done
  } >flags
  export CC BIN
  export -f rts_object
  rts_sources | xargs -P "$JOBS" -n 4 bash -euc 'for source; do rts_object "$source"; done' rts
  "$BIN/llvm-ar" qcs "$RTS/libHSrts-$RTSVER.a" obj/*.o
  for source in ffi ffi_call; do
    "$CC" -O2 -Wall -Iinclude -c "$HERE/ffi/$source.c" -o "$source.o"
  done
  "$BIN/llvm-ar" qcs "$RTS/libCffi.a" ffi.o ffi_call.o
}

# The sources that rts.cabal lists for every system, and those for wasm.
rts_sources() {
  sed -n '/c-sources: Adjustor\.c/,/if os(windows)/p' rts.cabal | sed '/-- I wish/,$d' | grep -o '[^ ]*\.c\>'
  printf '%s\n' wasm/{StgRun,GetTime,OSMem,OSThreads,JSFFI,JSFFIGlobals}.c wasm/Wasm.S posix/Select.c adjustor/LibffiAdjustor.c
  printf '%s\n' *.cmm cmm/*.cmm wasm/*.cmm
}

# rts_object SOURCE: one object file, whole or absent.
rts_object() {
  local object=obj/${1//\//_}.o
  [ ! -f "$object" ] || return 0
  case $1 in
    *.cmm) "$BIN/wasm32-wasi-ghc" -c "$1" -o "$object.new" -no-hs-main -Iinclude -I. -O2 -this-unit-id rts -package-env - -no-user-package-db ;;
    *) "$CC" @flags -c "$1" -o "$object.new" ;;
  esac
  mv "$object.new" "$object"
}
