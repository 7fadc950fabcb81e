# The programs that Cabal and GHC are told to use for the boot libraries. Each library's Setup asks them the same things,
# and each answer would take the start of a compiler or a linker: ten for a library, a third of a second of one processor.
# Here they are asked once; what is no question goes to the program itself.
# shellcheck shell=bash

write_answerers() {
  ASKED=$WORK/asked
  rm -rf "$ASKED" && mkdir -p "$ASKED"
  local question host="$HOSTBIN/ghc-$VER -B$LIB" pkg="$HOSTBIN/ghc-pkg-$VER --global-package-db=$LIB/package.conf.d"
  for question in numeric-version supported-languages info print-libdir; do $host --$question >"$ASKED/ghc--$question"; done
  $pkg --version >"$ASKED/ghc-pkg--version"
  "$BIN/wasm32-wasi-hsc2hs" --version >"$ASKED/hsc2hs--version"
  "$CC" -dumpversion >"$ASKED/cc-dumpversion"
  $pkg init "$ASKED/empty.conf.d"

  # --abi-hash: a name for what the interfaces say. GHC would read them all again to make one.
  # -hide-all-packages: a file to try the linker with
  answerer ghc "$host" <<ANSWERS
  --numeric-version | --supported-languages | --info | --print-libdir) exec cat "$ASKED/ghc\$1" ;;
  --abi-hash)
    hash=\$(find dist/build -name '*.hi' | LC_ALL=C sort | xargs -r cat | md5sum)
    echo "\${hash%% *}"
    exit
    ;;
  -hide-all-packages) exec touch "\$5" ;;
ANSWERS
  # The database of a library that is being built is for other components of its package, which there are none of.
  answerer ghc-pkg "$pkg" <<ANSWERS
  --version) exec cat "$ASKED/ghc-pkg\$1" ;;
  init) exec cp -r "$ASKED/empty.conf.d" "\$2" ;;
  recache) exit ;;
ANSWERS
  answerer hsc2hs "$BIN/wasm32-wasi-hsc2hs" <<ANSWERS
  --version) exec cat "$ASKED/hsc2hs\$1" ;;
ANSWERS
  # What Cabal would have it link is to find out whether there are the headers and libraries that a package names.
  answerer cc "$BIN/wasm32-wasi-cc" <<ANSWERS
  -dumpversion) exec cat "$ASKED/cc\$1" ;;
  *) case \$* in *" $TMPDIR/"*.c" -o $TMPDIR/"*) exit ;; esac ;;
ANSWERS
  # Assembles what GHC's code generator made, in two thirds of the time of clang, which takes longer to start and would
  # have nothing else to do. GHC's last arguments are: -c SOURCE -o OBJECT.
  cat >"$ASKED/assemble" <<ASSEMBLE
#!/bin/sh
while [ "\$1" != -c ]; do shift; done
exec "$LLVMDIR/bin/llvm-mc" -triple=wasm32-wasi -filetype=obj -no-type-check \\
  -mattr=+nontrapping-fptoint,+sign-ext,+bulk-memory,+mutable-globals,+multivalue,+reference-types "\$2" -o "\$4"
ASSEMBLE
  # Preprocesses Haskell, without the two scripts that are on GHC's way to clang.
  printf '#!/bin/sh\nprefix=%s\n%s -E -undef -traditional "$@"\n' "$PREFIX" "$(sed -n 's/^exec \(.*\) "$@"$/exec \1/p' "$BIN/wasm32-wasi-cc")" >"$ASKED/cpp"
  chmod +x "$ASKED"/{ghc,ghc-pkg,hsc2hs,cc,assemble,cpp}
}

# answerer NAME COMMAND: a script that answers what it knows by the cases on stdin, and else is COMMAND.
answerer() {
  {
    printf '#!/bin/sh\ncase $1 in\n'
    cat
    printf 'esac\nexec %s "$@"\n' "$2"
  } >"$ASKED/$1"
}
