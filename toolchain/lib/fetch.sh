# Fetches and unpacks the distribution's packages with an apt state of our own: works unprivileged, leaves the
# system's apt alone. Of the machine's configuration it takes the mirrors and everything about the network.
# shellcheck shell=bash

KEYRINGS="/usr/share/keyrings/debian-archive-keyring.pgp /usr/share/keyrings/debian-archive-keyring.gpg"

fetch_packages() {
  configure_apt "$WORK/apt"
  find_archive
  find_versions
  download
}

# configure_apt FOLDER: an apt of our own there. The source package has another than the programs: each fetches its lists.
configure_apt() {
  local apt=$1
  mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$apt/none" "$WORK/debs"
  : >"$apt/status"
  {
    # proxies, timeouts, certificates; but no hooks, pins or index targets
    apt-config dump | grep '^Acquire::' | grep -v '^Acquire::\(IndexTargets\|Languages\|Changelogs\)' || true
    cat <<CONF
Dir::Etc::main "/dev/null";
Dir::Etc::parts "$apt/none";
Dir::Etc::SourceList "$apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State "$apt";
Dir::State::Lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt";
Acquire::Languages "none";
Acquire::Retries "3";
APT::Update::Error-Mode "any";
APT::Sandbox::User "root";
APT::Architecture "$(dpkg --print-architecture)";
APT::Architectures { "$(dpkg --print-architecture)"; };
CONF
  } >"$apt/apt.conf"
}
apt_get() { APT_CONFIG=${APT:-$WORK/apt}/apt.conf apt-get --quiet=2 "$@"; }
apt_cache() { APT_CONFIG=$WORK/apt/apt.conf apt-cache "$@"; }

# The archives that this machine's apt knows (also if its lists were never fetched), Debian-looking ones first.
machine_mirrors() {
  local uris
  mkdir -p "$WORK/apt/probe/partial"
  uris=$(apt-get --print-uris -oDir::State::Lists="$WORK/apt/probe" -oAPT::Sandbox::User=root update |
    sed -n "s#^'\(.*\)/dists/.*#\1#p" | awk '!seen[$0]++')
  {
    grep '/debian/*$' <<<"$uris" || true
    grep -v '/debian/*$' <<<"$uris" || true
  } | sed '/^$/d'
}

# Finds a mirror and a suite which has the compiler; leaves its lists of programs fetched, and the line for those of sources.
find_archive() {
  local mirrors mirror suite ghc keyring='' option seen=''
  for option in ${HS_WASM_KEYRING:-$KEYRINGS}; do
    [ -f "$option" ] && keyring="signed-by=$option" && break
  done
  mirrors=${HS_WASM_MIRROR:-$(machine_mirrors)}
  [ -n "$mirrors" ] || die "this machine's apt has no package archive configured (looked at by \"apt-get --print-uris update\")." \
    "Add a Debian mirror to its sources, or set HS_WASM_MIRROR to the address of one."
  for suite in ${HS_WASM_SUITE:-forky testing unstable}; do
    for mirror in $mirrors; do
      printf '%s [target=Packages lang=none %s] %s %s main\n' deb "$keyring" "$mirror" "$suite" >"$WORK/apt/sources.list"
      printf '%s [target=Sources %s] %s %s main\n' deb-src "$keyring" "$mirror" "$suite" >"$WORK/source.list"
      progress fetch "package lists" 1 1 "$suite"
      apt_get update || continue
      ghc=$(candidate ghc) || true
      [ -n "$ghc" ] || continue
      case $ghc in
        "$series".*)
          SUITE=$suite
          return
          ;;
      esac
      seen+=" $suite has ghc $ghc;"
    done
  done
  die "found no archive with ghc $series.${seen:+ Seen:$seen}" \
    "Archives tried: ${mirrors//$'\n'/, }; suites tried: ${HS_WASM_SUITE:-forky testing unstable}." \
    "Is the network up? Otherwise set HS_WASM_SUITE to a Debian suite that has ghc $series," \
    "HS_WASM_MIRROR to a Debian mirror (on Ubuntu also install debian-archive-keyring)," \
    "or HS_WASM_GHC to a wasm32-wasi-ghc installed by other means."
}

# candidate PACKAGE: the newest version of a package, or nothing.
candidate() { apt_cache show --no-all-versions "$1" 2>/dev/null | sed -n 's/^Version: //p' | head -n 1; }

# Which packages, in which versions: looked up, so that the recipe outlives library renames and LLVM releases.
find_versions() {
  local version llvm programs
  version=$(candidate ghc)
  version=${version%%-*}
  for llvm in ${HS_WASM_LLVM:-$(apt_cache pkgnames libclang-rt- | sed -n 's/^libclang-rt-\([0-9]*\)-dev-wasm32$/\1/p' | sort -rn)}; do
    programs="ghc clang-$llvm lld-$llvm llvm-$llvm libllvm$llvm libclang-cpp$llvm libclang-common-$llvm-dev libclang-rt-$llvm-dev-wasm32 wasi-libc patchelf xz-utils"
    # shellcheck disable=SC2086
    if [ "$(apt_cache show --no-all-versions $programs 2>/dev/null | grep -c '^Package: ')" = "$(wc -w <<<"$programs")" ]; then
      printf 'VER=%s LLVM=%s SUITE=%s\n' "${version%%[+~]*}" "$llvm" "$SUITE" >"$WORK/versions"
      # shellcheck disable=SC2086
      {
        tr ' ' '\n' <<<"$programs"
        shared_libraries ghc "lld-$llvm" "libllvm$llvm" "libclang-cpp$llvm" patchelf xz-utils
      } | sort -u >"$WORK/packages"
      return
    fi
  done
  die "the suite $SUITE lacks a complete clang for wasm (clang, lld, llvm, libclang-rt-dev-wasm32 of one version) or wasi-libc."
}

# shared_libraries PACKAGE...: the library packages that they need at run time, and those that these need.
shared_libraries() {
  local known='' new
  while :; do
    # shellcheck disable=SC2086
    new=$(apt_cache depends --no-pre-depends --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "$@" $known |
      sed -n 's/^ *|\{0,1\}Depends: \(lib[^ <>:]*\|zlib1g\)$/\1/p' | grep -v -- '-dev\|-data$\|-common\|-modules' | sort -u)
    [ "$new" != "$known" ] || break
    known=$new
  done
  printf '%s\n' "$new"
}

# Downloads the packages, and beside them the source. The compiler's own package is half of everything, and takes as long
# to unpack as all the others together: it comes first, and is unpacked while they come.
download() {
  local others size
  mapfile -t others < <(grep -vx ghc "$WORK/packages")
  apt_get --print-uris download ghc "${others[@]}" >"$WORK/uris"
  sed -n "s/^'[^']*' \([^ ]*\) [0-9]* SHA256:\([0-9a-f]*\).*/\2  \1/p" "$WORK/uris" >"$WORK/debs.sha256"
  size=$(sed -n "s/^'[^']*' ghc[_.][^ ]* \([0-9]*\) .*/\1/p" "$WORK/uris")
  cd "$WORK/debs"
  # what an interrupted download left is kept only if it is whole
  { sha256sum --check --quiet "$WORK/debs.sha256" 2>/dev/null || true; } | sed -n 's/: FAILED.*//p' | xargs -r rm -f
  begin_source
  download_packages 0 "${size:-0}" ghc
  begin_unpacking
  download_packages "${size:-0}" "$(downloads_size)" "${others[@]}"
  cd "$PREFIX"
}

# download_packages FROM TO NAME...: FROM and TO are bytes of all, for the report.
download_packages() {
  apt_get -oAPT::Status-Fd=4 download "${@:3}" 4> >(download_progress "$1" "$2") || download_failed
  sha256sum --check --quiet --ignore-missing "$WORK/debs.sha256" || download_failed \
    "a downloaded package differs from its checksum: the mirror is broken or being updated. Run the install again."
}

# download_failed [TEXT]: what is under way beside it ends first, so that the next run need not wait for it.
download_failed() {
  local process
  for process in $SOURCE $UNPACKING; do wait "$process" || true; done
  die "${1:-"a download failed. Is the network up? What has been downloaded is kept: run the install again."}"
}

# The source package has lists of its own, as large as those of the programs: they are fetched beside the packages.
begin_source() {
  fetch_source &
  SOURCE=$!
}
fetch_source() {
  APT=$WORK/apt-source
  configure_apt "$APT"
  cp "$WORK/source.list" "$APT/sources.list"
  apt_get update
  cd "$APT" # where the source is not: apt names nothing that there is already
  { apt_get --print-uris --download-only --tar-only source ghc || true; } |
    sed -n "s/^'[^']*' \(ghc_[^ ]*\.orig\.tar\.[^ ]*\) [0-9]* SHA256:\([0-9a-f]*\).*/\2  \1/p" >"$WORK/source.sha256"
  [ -s "$WORK/source.sha256" ] || exit 3
  cd "$WORK/debs"
  { sha256sum --check --quiet "$WORK/source.sha256" 2>/dev/null || true; } | sed -n 's/: FAILED.*//p' | xargs -r rm -f
  apt_get --download-only --tar-only source ghc
  sha256sum --check --quiet "$WORK/source.sha256"
}
await_source() {
  local status=0
  wait "$SOURCE" || status=$?
  case $status in
    0) ;;
    3) die "the suite $SUITE has no source package of ghc." ;;
    *) download_failed ;;
  esac
}

downloads_size() { awk '{ size += $3 } END { printf "%.0f", size }' "$WORK/uris"; }

# download_progress FROM TO: apt's machine-readable status (dlstatus:FILE:PERCENT:TEXT) as progress.
download_progress() {
  local kind percent last='' bytes size
  size=$(downloads_size)
  while IFS=: read -r kind _ percent _; do
    percent=${percent%.*}
    [ "$kind" = dlstatus ] && [ "$percent" != "$last" ] || continue
    last=$percent
    bytes=$(($1 + ($2 - $1) * percent / 100))
    progress fetch "packages" $((bytes * 100 / (size > 0 ? size : 1))) 100 "" "$bytes" "$size"
  done
}

# Unpacks the largest package of those that are there beside what follows.
begin_unpacking() {
  rm -rf "$ROOT" "$WORK/source" && mkdir -p "$ROOT" "$WORK/source"
  list_debs | sed -n 1p >"$WORK/unpacking"
  unpack_debs <"$WORK/unpacking" &
  UNPACKING=$!
}
# Those that there are, the largest first.
list_debs() {
  local file
  sed 's/^[^ ]*  //' "$WORK/debs.sha256" | while read -r file; do [ ! -f "$WORK/debs/$file" ] || echo "$file"; done |
    (cd "$WORK/debs" && xargs -r ls -S)
}
unpack_debs() {
  export ROOT WORK
  export -f unpack_package
  xargs -P "$JOBS" -I{} bash -euo pipefail -c 'unpack_package "$1"' unpack {}
}

unpack_packages() {
  local others
  load_versions
  if [ -z "$UNPACKING" ]; then
    # an earlier run has fetched everything, but perhaps the source
    begin_source
    begin_unpacking
  fi
  others=$(list_debs | grep -Fxv -f "$WORK/unpacking") || wait "$UNPACKING" # there are no others
  unpack_debs <<<"$others"
  find_loader
  await_source
  unpack_source
  wait "$UNPACKING"
  rm -rf "$WORK/debs"
}

unpack_source() {
  local file
  file=$(sed 's/^[^ ]*  //' "$WORK/source.sha256")
  "$LOADER" --library-path "$LIBS" "$ROOT/usr/bin/xz" -dc "$WORK/debs/$file" | tar -x -C "$WORK/source" --strip-components=1 --no-same-owner \
    --wildcards '*/config.*' '*/install-sh' '*/rts' '*/libraries' '*/compiler/GHC/Builtin/primops.txt.pp' '*/utils/fs' \
    '*/utils/deriveConstants' '*/utils/genapply' '*/utils/genprimopcode' \
    --exclude='*/tests' --exclude='*/testsuite' --exclude='*/Win32' --exclude='*/haskeline' --exclude='*/terminfo'
}

# unpack_package FILE: one package into $ROOT, without what no step and no user of the compiler needs.
unpack_package() {
  local only=()
  case $1 in
    llvm-*) only=(--wildcards "./usr/lib/llvm-*/bin/llvm-"{ar,mc,nm,objcopy,strip}) ;;
  esac
  dpkg-deb --fsys-tarfile "$WORK/debs/$1" | tar -x -C "$ROOT" --no-same-owner \
    --exclude='./usr/share/doc*' --exclude='./usr/share/man' --exclude='./usr/share/locale' --exclude='./usr/share/lintian' \
    --exclude='*.p_hi' --exclude='*.p_dyn_hi' --exclude='./usr/lib/ghc/lib/*.a' --exclude='*/gconv' "${only[@]}"
}
