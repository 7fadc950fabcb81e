# The boot libraries, each by its own Setup (interpreted), as libraries.list says.
# shellcheck shell=bash

build_libraries() {
  plan_rts
  local name cost setup needs flags
  while read -r name cost setup needs flags; do
    case $name in '' | '#'*) continue ;; esac
    # ./configure of the large ones takes half a minute of one processor: it is run before its turn, for its cache
    case " ${needs//,/ } " in
      *" configure-$name "*) job "configure-$name" configure 6 answers configure_ahead "$name" ;;
    esac
    job "$name" library "$cost" "${needs//,/ }" library "$name" "$setup" "$flags"
    finished "$name" || forget_library "$name"
  done <"$HERE/libraries.list"
  # last: it fills the processor that the chain of the first libraries leaves idle
  job rts-objects rts 12 rts-headers rts_objects
  [ ! -d "$INCLUDE" ] || target_ghc_pkg recache # a killed registration may have left the cache behind the database
  cp "$HERE/files/Setup.hs" "$WORK/Setup.hs"
  write_assembler
  run_jobs
}

# Nothing that an interrupted run copied or registered may be taken for a library.
forget_library() { rm -rf "$LIB/package.conf.d/$1"-[0-9]*.conf "$LIB/wasm32-wasi/$1"-[0-9]* "$WORK/libs/$1"; }

library_source() {
  case $1 in
    containers) echo "$SRC/libraries/containers/containers" ;;
    Cabal | Cabal-syntax) echo "$SRC/libraries/Cabal/$1" ;;
    *) echo "$SRC/libraries/$1" ;;
  esac
}

# The arguments that ./configure gets ahead of time and in its turn: equal, so that the cache holds.
# (The name of the host is the one that Cabal adds.)
configure_arguments() { printf '%s\n' "--host=wasm32-wasi" "--build=$HOST" "CC=$CC" "CFLAGS=-w -I$INCLUDE"; }

configure_ahead() {
  local dir=$WORK/configure/$1 arguments
  rm -rf "$dir" "$dir.cache" && mkdir -p "$WORK/configure"
  cp -rL "$(library_source "$1")" "$dir"
  cd "$dir"
  prepare_configure
  mapfile -t arguments < <(configure_arguments)
  cp "$WORK/answers.cache" "$WORK/configure/$1.cache"
  ./configure "${arguments[@]}" --cache-file="$WORK/configure/$1.cache"
}

# What ./configure found out ahead of time, for the library itself or for another: they ask the same compiler with the
# same flags. A copy, which a killed ./configure may spoil.
configure_cache() {
  local from
  for from in "$1" unix; do
    finished "configure-$from" || continue
    cp "$WORK/configure/$from.cache" config.cache
    break
  done
  echo "--cache-file=$PWD/config.cache"
}

prepare_configure() {
  [ -f configure ] || return 0
  chmod +x configure
  cp "$SRC"/{config.sub,config.guess,install-sh} .
}

# library NAME SETUP FLAG...: configures, builds, copies and registers one library.
library() {
  local name=$1 setup=$2 dir=$WORK/libs/$1 cabal version arguments options=()
  shift 2
  rm -rf "$dir" && mkdir -p "$WORK/libs"
  cp -rL "$(library_source "$name")" "$dir"
  cd "$dir"
  substitute_versions
  prepare_configure
  adapt "$name"
  cabal=$(ls ./*.cabal) cabal=${cabal#./}
  version=$(sed -n 's/^[vV]ersion: *//p' "$cabal" | tr -d ' \r' | head -n 1)
  mapfile -t arguments < <(configure_arguments)
  [ "$setup" = simple ] || arguments+=("$(configure_cache "$name")")
  [ "$setup" = simple ] || options=("${arguments[@]/#/--configure-option=}")
  run_haskell "$WORK/Setup.hs" "$setup" \
    configure --cabal-file "$cabal" --ghc --with-compiler="$BIN/wasm32-wasi-ghc" --with-hc-pkg="$BIN/wasm32-wasi-ghc-pkg" \
    --with-hsc2hs="$BIN/wasm32-wasi-hsc2hs" --with-gcc="$CC" --with-ld="$BIN/wasm-ld" --with-ar="$BIN/llvm-ar" --disable-library-stripping \
    --ipid "$name-$version" --prefix="$LIB" --libdir="$LIB/wasm32-wasi" --libsubdir="$name-$version" --dynlibdir="$LIB/wasm32-wasi" \
    --datadir="$LIB/share" --package-db=clear --package-db=global --global \
    --enable-library-vanilla --disable-shared --disable-library-for-ghci --disable-library-profiling -O1 "${options[@]}" "$@" \
    -- build "--ghc-options=-j$((JOBS > 1 ? JOBS + 1 : 1)) -w -optc-w -pgma $WORK/assemble +RTS $(memory_options) -n4m -qg -RTS" \
    -- copy \
    -- register --gen-pkg-config="$name.conf"
  # Paths relative to the package db, because the prefix may move; no fields for what is not installed.
  awk '/^[^ ]/ { keep = !/^(haddock-|data-dir)/ } keep' "$name.conf" | sed "s#$LIB#\${pkgroot}#g" >"$name.conf.new"
  mv "$name.conf.new" "$name.conf"
  target_ghc_pkg update --force "$name.conf"
}

# Assembles what GHC's code generator made, in two thirds of the time of clang, which takes longer to start and would
# have nothing else to do. GHC's last arguments are: -c SOURCE -o OBJECT.
write_assembler() {
  cat >"$WORK/assemble" <<ASSEMBLE
#!/bin/sh
while [ "\$1" != -c ]; do shift; done
exec "$LLVMDIR/bin/llvm-mc" -triple=wasm32-wasi -filetype=obj -no-type-check \\
  -mattr=+nontrapping-fptoint,+sign-ext,+bulk-memory,+mutable-globals,+multivalue,+reference-types "\$2" -o "\$4"
ASSEMBLE
  chmod +x "$WORK/assemble"
}

# How much GHC allocates between two collections, and from what size on it looks through what has lived long. The more, the
# faster (a tenth, of each job that others wait for), where there is memory for three of it, on two processors each.
memory_options() {
  local file limit available
  available=$(awk '/^MemAvailable:/ { printf "%d", $2 / 1024 }' /proc/meminfo)
  for file in /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes; do
    limit=$(cat "$file" 2>/dev/null) || continue
    case $limit in
      '' | *[!0-9]*) ;;
      *) [ $((limit >> 20)) -ge "$available" ] || available=$((limit >> 20)) ;;
    esac
  done
  if [ "$available" -ge 10000 ]; then
    echo "-A128m -O1g"
  elif [ "$available" -ge 5000 ]; then
    echo -A128m
  else
    echo -A64m
  fi
}

# What GHC's own build system generates from .cabal.in files.
substitute_versions() {
  local file
  for file in *.cabal.in; do
    [ -f "$file" ] || continue
    sed -e "s/@ProjectVersionMunged@/$LIBVER/g; s/@ProjectVersionForLib@/${LIBVER%.0}/g; s/@ProjectVersion@/$VER/g; s/@Suffix@//g; s/@SourceRoot@/./g" \
      "$file" >"${file%.in}"
  done
}

# What the source tree leaves to GHC's own build system, and what wasi-libc lacks.
adapt() {
  case $1 in
    ghc-prim)
      "$CC" -w -E -undef -traditional -P -x c -I"$INCLUDE" "$SRC/compiler/GHC/Builtin/primops.txt.pp" >primops.txt
      # GHC/Prim.hs would be for documentation only: GHC knows the module
      run_haskell "$SRC/utils/genprimopcode/Main.hs" --make-haskell-wrappers <primops.txt >GHC/PrimopWrappers.hs
      ;;
    ghc-internal | base)
      mkdir -p cbits include
      cp "$SRC/utils/fs/fs.c" cbits/
      cp "$SRC/utils/fs/fs.h" include/
      [ "$1" = base ] || patch_ghc_internal
      ;;
    Cabal-syntax) sed -i '/build-tool-depends: *alex/d' Cabal-syntax.cabal ;; # what alex makes is in the source
    ghc-boot) # its own Setup would write these
      mkdir -p GHC/Platform
      {
        printf 'module GHC.Platform.Host where\nimport GHC.Platform.ArchOS\n'
        printf 'hostPlatformArch :: Arch\nhostPlatformArch = ArchWasm32\nhostPlatformOS :: OS\nhostPlatformOS = OSWasi\n'
        printf 'hostPlatformArchOS :: ArchOS\nhostPlatformArchOS = ArchOS hostPlatformArch hostPlatformOS\n'
      } >GHC/Platform/Host.hs
      {
        printf 'module GHC.Version where\nimport Prelude\n'
        printf 'cProject%s :: String\ncProject%s = "%s"\n' GitCommitId GitCommitId '' Version Version "$VER" VersionInt VersionInt "$INTVER" \
          PatchLevel PatchLevel "${VER##*.}" PatchLevel1 PatchLevel1 "${VER##*.}" PatchLevel2 PatchLevel2 0
      } >GHC/Version.hs
      ;;
    time) sed -i 's#^\( *\)tzset();#\1/* wasi-libc has no tzset */#' lib/cbits/HsTime.c ;;
  esac
}
