# Is this a machine on which the recipe can work? Says what is missing and which package has it.
# shellcheck shell=bash

NODE=${HS_WASM_NODE:-node}

check_machine() {
  STEP=check
  local pair missing=() arch free needed=(flock:util-linux "$NODE:nodejs")
  [ -n "$ADOPT" ] || needed+=(apt-get:apt apt-cache:apt apt-config:apt dpkg-deb:dpkg dpkg:dpkg tar:tar sed:sed awk:mawk
    grep:grep find:findutils xargs:findutils sha256sum:coreutils)
  for pair in "${needed[@]}"; do
    command -v "${pair%:*}" >/dev/null || missing+=("${pair%:*} (package ${pair##*:})")
  done
  if [ ${#missing[@]} -gt 0 ] && [ -n "$ADOPT" ]; then
    die "these programs are missing here: ${missing[*]}."
  elif [ ${#missing[@]} -gt 0 ]; then
    die "the compiler is made from Debian packages, on a Debian-like system; these programs are missing here:" \
      "${missing[*]}. Install them, or install a wasm32-wasi-ghc by other means and set HS_WASM_GHC to it."
  fi
  if [ "${BASH_VERSINFO[0]}${BASH_VERSINFO[1]}" -lt 51 ]; then
    die "bash 5.1 or newer is needed, this is ${BASH_VERSION}."
  fi
  [ -z "$ADOPT" ] || return 0
  arch=$(dpkg --print-architecture)
  case $arch in
    amd64 | arm64) ;;
    *) die "the compiler is available for amd64 and arm64, this machine is $arch. Set HS_WASM_GHC to a wasm32-wasi-ghc." ;;
  esac
  free=$(df -Pk "$PREFIX" | awk 'NR == 2 { print int($4 / 1024) }')
  if [ "$free" -lt 3000 ] && ! finished unpack; then
    die "the install needs 3 GB while it works (and about 0.6 GB in the end), $PREFIX has $free MB free." \
      "Set HS_WASM_CACHE to a folder on a larger disk."
  fi
}
