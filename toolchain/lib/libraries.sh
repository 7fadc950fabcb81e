# The boot libraries, each by its own Setup (interpreted), as libraries.list says.
# shellcheck shell=bash

build_libraries() {
  plan_rts
  local name cost setup needs flags
  while read -r name cost setup needs flags; do
    case $name in '' | '#'*) continue ;; esac
    # what can be found out before the turn of a library is: the first libraries leave processors idle
    case " ${needs//,/ } " in
      *" configure-$name "*) job "configure-$name" configure 3 rts-headers find_out "$name" ;;
    esac
    job "$name" library "$cost" "${needs//,/ }" library "$name" "$setup" "$flags"
    finished "$name" || forget_library "$name"
  done <"$HERE/libraries.list"
  # last: it fills the processor that the chain of the first libraries leaves idle
  job rts-objects rts 12 rts-headers rts_objects
  [ ! -d "$INCLUDE" ] || target_ghc_pkg recache # a killed registration may have left the cache behind the database
  write_answerers
  start_setups
  run_jobs
  stop_setups
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

# find_out NAME: what ./configure and hsc2hs find out for a library, in a copy of its source.
find_out() {
  local dir=$WORK/find-out/$1 configured=$WORK/configured/$1
  rm -rf "$dir" "$configured" "$configured.new" && mkdir -p "$WORK/find-out"
  cp -rL "$(library_source "$1")" "$dir"
  cd "$dir"
  if [ -f configure ]; then
    mkdir -p "$configured.new"
    cp "$SRC"/{config.sub,config.guess,install-sh} .
    cp "$WORK/answers.cache" config.cache
    : >begun
    # the name of the host is the one that Cabal would add
    sh ./configure --host=wasm32-wasi --build="$HOST" CC="$ASKED/cc" CFLAGS="-w -I$INCLUDE" --cache-file=config.cache
    find . -newer begun -type f ! -name 'config.*' -exec cp --parents -t "$configured.new" {} +
    mv "$configured.new" "$configured"
  fi
  probe_ahead "$1"
}

# take_configured NAME: instead of ./configure, a script that copies what it made.
take_configured() {
  [ -d "$WORK/configured/$1" ] || return 0
  printf '#!/bin/sh\nexec cp -r "%s/." .\n' "$WORK/configured/$1" >configure
  chmod +x configure
}

# library NAME SETUP FLAG...: configures, builds, copies and registers one library.
library() {
  local name=$1 setup=$2 dir=$WORK/libs/$1 cabal version
  shift 2
  rm -rf "$dir" && mkdir -p "$WORK/libs"
  cp -rL "$(library_source "$name")" "$dir"
  cd "$dir"
  substitute_versions
  adapt "$name"
  take_configured "$name"
  take_probed "$name"
  cabal=$(ls ./*.cabal) cabal=${cabal#./}
  version=$(sed -n 's/^[vV]ersion: *//p' "$cabal" | tr -d ' \r' | head -n 1)
  run_setup "$name" "$setup" \
    configure --cabal-file "$cabal" --ghc --with-compiler="$ASKED/ghc" --with-hc-pkg="$ASKED/ghc-pkg" \
    --with-hsc2hs="$ASKED/hsc2hs" --with-gcc="$ASKED/cc" --with-ld="$(command -v true)" --with-ar="$BIN/llvm-ar" --disable-library-stripping \
    --ipid "$name-$version" --prefix="$LIB" --libdir="$LIB/wasm32-wasi" --libsubdir="$name-$version" --dynlibdir="$LIB/wasm32-wasi" \
    --datadir="$LIB/share" --package-db=clear --package-db=global --global \
    --enable-library-vanilla --disable-shared --disable-library-for-ghci --disable-library-profiling -O1 "$@" \
    -- build "--ghc-options=-j$((JOBS > 1 ? JOBS + 1 : 1)) -w -optc-w -pgma $ASKED/assemble -pgmP $ASKED/cpp +RTS $(memory_options) -n4m -qg -RTS" \
    -- copy \
    -- register --gen-pkg-config="$name.conf"
  # Paths relative to the package db, because the prefix may move; no fields for what is not installed.
  awk '/^[^ ]/ { keep = !/^(haddock-|data-dir)/ } keep' "$name.conf" | sed "s#$LIB#\${pkgroot}#g" >"$name.conf.new"
  mv "$name.conf.new" "$name.conf"
  target_ghc_pkg update --force "$name.conf"
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
    ghc-prim) cp "$WORK/PrimopWrappers.hs" GHC/ ;;
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
