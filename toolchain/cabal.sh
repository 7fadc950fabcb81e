#!/usr/bin/env bash
# Fetches cabal from the distribution's package cabal-install: no root, no network but apt's.
#
#   cabal.sh [--progress json|text] [--supervised] PREFIX
#
# The options are those of build.sh, whose parts this uses. Cabal is started through the unpacked loader: patchelf
# breaks this program, which is linked to a fixed address, and nothing here starts itself by /proc/self/exe.
#
# Invariant: PREFIX/bin/cabal exists only if it has just said its version. PREFIX can be moved.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=/dev/null
. "$HERE/RECIPE"
for part in common fetch relocate; do
  # shellcheck source=/dev/null
  . "$HERE/lib/$part.sh"
done

PROGRESS=text SUPERVISED=
STEP_COST=([fetch]=8 [unpack]=2)
while [ $# -gt 1 ]; do
  case $1 in
    --progress)
      PROGRESS=$2
      shift 2
      ;;
    --supervised)
      SUPERVISED=1
      shift
      ;;
    *) break ;;
  esac
done
if [ $# -ne 1 ] || [ "${1#-}" != "$1" ]; then
  echo "usage: cabal.sh [--progress json|text] [--supervised] PREFIX" >&2
  exit 2
fi

check_programs() {
  local pair missing=()
  for pair in apt-get:apt apt-cache:apt apt-config:apt dpkg-deb:dpkg dpkg:dpkg tar:tar awk:mawk flock:util-linux; do
    command -v "${pair%:*}" >/dev/null || missing+=("${pair%:*} (package ${pair##*:})")
  done
  [ ${#missing[@]} -eq 0 ] || die "cabal is taken from a Debian package; these programs are missing here: ${missing[*]}." \
    "Install them, or cabal by other means."
}

fetch_cabal() {
  configure_apt "$WORK/apt"
  find_archive
  [ -n "$(candidate cabal-install)" ] || die "the suite $SUITE has no package cabal-install."
  { echo cabal-install && shared_libraries cabal-install; } >"$WORK/packages"
  local names
  mapfile -t names <"$WORK/packages"
  rm -rf "$WORK/debs" && mkdir -p "$WORK/debs"
  apt_get --print-uris download "${names[@]}" >"$WORK/uris"
  cd "$WORK/debs"
  # apt compares the checksums
  apt_get -oAPT::Status-Fd=4 download "${names[@]}" 4> >(download_progress 0 "$(downloads_size)") ||
    die "a download failed. Is the network up? Try again."
  cd "$PREFIX"
}

unpack_cabal() {
  local file
  rm -rf "$ROOT" && mkdir -p "$ROOT"
  for file in "$WORK"/debs/*.deb; do
    unpack_package "${file##*/}"
  done
  find_loader
  find "$ROOT" -mindepth 1 ! -type d ! -path "$ROOT/usr/bin/cabal" ! -path "$LIBS/*.so*" -delete
  find "$ROOT" -depth -type d -empty -delete
}

# In one rename, and last.
write_command() {
  find_loader
  mkdir -p "$BIN"
  cat >"$BIN/cabal.new" <<COMMAND
#!/bin/sh
root=\${0%/*}/../root
exec "\$root${LOADER#"$ROOT"}" --library-path "\$root${LIBS#"$ROOT"}" "\$root/usr/bin/cabal" "\$@"
COMMAND
  chmod +x "$BIN/cabal.new"
  "$BIN/cabal.new" --numeric-version
  mv "$BIN/cabal.new" "$BIN/cabal"
  rm -rf "$WORK"
}

open_prefix "$1"
[ -z "$SUPERVISED" ] || die_with_caller
check_programs
lock_prefix
[ ! -x "$BIN/cabal" ] || exit 0
clean_environment
rm -f "$WORK/done"/* # it takes seconds: what was interrupted is begun anew

step fetch fetch_cabal
step unpack unpack_cabal
STEP=command
write_command
progress "done" cabal 1 1
