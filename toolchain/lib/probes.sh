# What hsc2hs makes of a library's .hsc files, ahead of their turn and all at once: Cabal would compile, link and run a
# program for each of them, one after the other, while all that needs the library waits. What is missing afterwards (of a
# file that needs what Cabal makes, or is for another system) is left to Cabal.
# shellcheck shell=bash

# probe_ahead NAME: in a configured copy of the source of a library, which needs the headers of the rts and its own.
probe_ahead() {
  local probed=$WORK/probed/$1 file number=0 source
  rm -rf "$probed" probes && mkdir -p probes "$WORK/probed"
  printf '%s\n' -w -I. -Iinclude -Ilib/include "-I$INCLUDE" "-D__GLASGOW_HASKELL__=$INTVER" -Dwasi_HOST_OS=1 -Dwasm32_HOST_ARCH=1 >probes/flags
  export ASKED LIB HSC2HS=$HOSTBIN/hsc2hs-ghc-$VER
  export -f probe_object
  find . -name '*.hsc' | sed 's#^\./##' | sort | { xargs -r grep -L 'MIN_VERSION_\|^#def' || true; } | while read -r source; do
    number=$((number + 1))
    echo "$number $source"
  done >probes/sources
  [ -s probes/sources ] || return 0
  xargs -P "$JOBS" -L 1 bash -euc 'probe_object "$@"' probe <probes/sources
  while read -r number source; do
    [ -f "probes/$number.o" ] && echo "PROBE($number, \"$source\")"
  done <probes/sources >probes/probes.inc || true
  [ -s probes/probes.inc ] || return 0
  "$ASKED/cc" -w -Iprobes "$HERE/files/probes.c" probes/*.o -o probes/all.wasm
  "$NODE" --no-warnings "$BIN/run-wasi.mjs" probes/all.wasm >probes/out
  mkdir "$probed.new"
  while read -r number source; do
    file=$probed.new/${source%.hsc}.hs
    mkdir -p "${file%/*}"
    # the line of a probe begins with the byte 1
    awk -v "from=$(printf '\1')$source" '/^\1/ { on = $0 == from; next } on' probes/out >"$file"
  done < <(sed -n 's/PROBE(\([0-9]*\), "\(.*\)")/\1 \2/p' probes/probes.inc)
  mv "$probed.new" "$probed"
}

# probe_object NUMBER SOURCE: compiles the probe of one file, if it can be.
probe_object() {
  "$HSC2HS" --cc=false --ld=false --template="$LIB/template-hsc.h" --no-compile "$2" || return 0
  sed "s/^int main (void)$/int probe_$1 (void)/" "${2%.hsc}_hsc_make.c" >"probes/$1.c"
  "$ASKED/cc" @probes/flags "-I$(dirname "$2")" -c "probes/$1.c" -o "probes/$1.o" || true
}

# take_probed NAME: puts it where Cabal looks for what it has made already (newer than the source).
take_probed() {
  local probed=$WORK/probed/$1 source
  [ -d "$probed" ] || return 0
  mkdir -p dist/build
  for source in src lib; do [ ! -d "$probed/$source" ] || probed=$probed/$source; done
  cp -r "$probed/." dist/build/
}
