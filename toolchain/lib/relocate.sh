# Makes the unpacked programs run from the prefix, whatever the machine's own libc is: their loader and libraries
# are the unpacked ones. (They cannot be started as `ld.so program`: clang re-executes itself by /proc/self/exe.)
# Libraries are found by paths relative to the program. The loader's path must be absolute; it gets room for any other,
# so that files/relocate can write it anew where the finished prefix is moved to.
# shellcheck shell=bash

# load_versions: VER, LLVM and SUITE as fetch found them, and what follows from them.
load_versions() {
  # shellcheck source=/dev/null
  . "$WORK/versions"
  LLVMDIR=$ROOT/usr/lib/llvm-$LLVM HOSTBIN=$ROOT/usr/lib/ghc/bin HOSTLIB=$ROOT/usr/lib/ghc/lib SRC=$WORK/source
  if finished unpack; then find_loader; fi
}

find_loader() {
  local loaders=("$ROOT"/usr/lib/*/ld-linux-*.so.*)
  LOADER=${loaders[0]} LIBS=${loaders[0]%/*}
  [ -f "$LOADER" ] || die "the package libc6 of $SUITE has no loader in /usr/lib: its layout is new to recipe $recipe."
}

relocate_programs() {
  local program file
  PATCHELF=$ROOT/usr/bin/patchelf
  find "$ROOT" -name '*.new' -delete
  set_loader
  # libLLVM and libclang-cpp have a search path of their own, which hides that of the program
  for file in "$LIBS"/lib{LLVM,clang-cpp}*.so*; do
    [ -L "$file" ] || patch_elf "$file"
  done
  patch_elf "$LLVMDIR/bin/llvm-mc" --set-interpreter "$LOADER" # needed here only: prune removes it
  # the name by which this clang looks for its linker
  ln -sf lld "$LLVMDIR/bin/wasm-ld-$LLVM"
  ln -sf lld "$LLVMDIR/bin/wasm-ld"
  check_loading
  relocate_package_db
}

# Gives the programs our loader, and leaves for files/relocate where in them its path is.
set_loader() {
  local length program interpreter offsets
  length=$(sed -n 's/^LENGTH=//p' "$HERE/files/relocate")
  interpreter=$(printf '%*s' $((length - ${#LOADER})) '' | tr ' ' /)$LOADER
  echo "${LOADER#"$PREFIX/"}" >"$PREFIX/programs.new"
  for program in $(host_programs); do
    patch_elf "$program" --set-interpreter "$interpreter"
    offsets=$(grep -abo -F -- "$interpreter" "$program" | cut -d: -f1)
    [ "$(wc -w <<<"$offsets")" = 1 ] || die "$program does not hold its loader's path exactly once: its layout is new to recipe $recipe."
    echo "$offsets ${program#"$PREFIX/"}" >>"$PREFIX/programs.new"
  done
  mv "$PREFIX/programs.new" "$PREFIX/programs"
  echo "$PREFIX" >"$PREFIX/place.new"
  mv "$PREFIX/place.new" "$PREFIX/place"
}

# The programs that the compiler consists of and starts.
host_programs() {
  readlink -f "$HOSTBIN"/{ghc,ghc-pkg,hsc2hs-ghc,unlit-ghc}-"$VER" "$LLVMDIR"/bin/{clang,lld,llvm-ar,llvm-nm,llvm-objcopy}
}

# Every file that these programs load when they start.
loaded_files() {
  local program
  host_programs | while read -r program; do
    LD_TRACE_LOADED_OBJECTS=1 "$program" | sed -n 's/ (0x[0-9a-f]*)$//; s/^.* => //p'
  done | sort -u
}

# None of them may be the machine's own: it might be missing on the next machine, or older than the program.
check_loading() {
  local foreign
  foreign=$(loaded_files | grep -v "^$PREFIX/") || return 0
  die "the toolchain's programs would load this from outside the toolchain: ${foreign//$'\n'/, }." \
    "A package is missing in recipe $recipe."
}

# patch_elf FILE OPTION...: adds our libraries to the search path of FILE, in one rename.
patch_elf() {
  local file=$1 origin rpath
  shift
  origin=\$ORIGIN/$(realpath --relative-to="${file%/*}" "$LIBS")
  rpath=$(run_patchelf --print-rpath "$file")
  case :$rpath: in
    *":$origin:"*) ;;
    *) rpath=${rpath:+$rpath:}$origin ;;
  esac
  run_patchelf "$@" --force-rpath --set-rpath "$rpath" --output "$file.new" "$file"
  chmod --reference="$file" "$file.new"
  mv "$file.new" "$file"
}
run_patchelf() { "$LOADER" --library-path "$LIBS" "$PATCHELF" "$@"; }

# The native package db: only the interpreter uses it, to run build tools written in Haskell.
relocate_package_db() {
  local db=$HOSTLIB/package.conf.d
  rm -rf "$db" "$db.new"
  cp -r "$ROOT/var/lib/ghc/package.conf.d" "$db.new"
  sed -i "s#/usr/lib/ghc#$ROOT/usr/lib/ghc#g; s#/usr/share#$ROOT/usr/share#g" "$db.new"/*.conf
  mv "$db.new" "$db"
  "$HOSTBIN/ghc-pkg-$VER" --global-package-db="$db" recache
}

# run_haskell MAIN ARG...: a Haskell program, interpreted: nothing is ever linked natively, so the machine needs
# no C compiler.
run_haskell() {
  local main=$1 arg args=""
  shift
  for arg in "$@"; do
    arg=${arg//\\/\\\\}
    args+=" \"${arg//\"/\\\"}\""
  done
  "$HOSTBIN/ghc-$VER" -B"$HOSTLIB" -package-env - -no-user-package-db -w -i"$(dirname "$main")" -e ":set args$args" -e main "$main" +RTS -A32m -RTS
}
