# Paths, progress, errors, steps. Sourced by build.sh; every other part uses it.
# shellcheck shell=bash disable=SC2034

# open_prefix DIR: makes the prefix and names everything inside it.
#   bin lib sysroot   the toolchain (lib is GHC's libdir)
#   root              the distribution's programs, unpacked
#   work              all that is temporary: gone when the install is finished
open_prefix() {
  case $ADOPT$1 in
    1*) ;; # nothing is built
    *[!A-Za-z0-9/._+@~-]*)
      exec 3>&1 >/dev/null
      die "the folder $1 has a character in its name that GHC's build tools cannot quote (a space, for example)." \
        "Set HS_WASM_CACHE to a folder with a plain name."
      ;;
  esac
  mkdir -p "$1/work/done" "$1/work/log" "$1/work/tmp" "$1/work/home"
  PREFIX=$(cd "$1" && pwd -P)
  ROOT=$PREFIX/root LIB=$PREFIX/lib BIN=$PREFIX/bin SYSROOT=$PREFIX/sysroot WORK=$PREFIX/work
  exec 3>&1 >>"$PREFIX/install.log" 2>&1 # from here on stdout is the log, fd 3 the reports
  trap on_exit EXIT
  printf '\n== recipe %s-r%s, started %s\n' "$series" "$recipe" "$(date -u +%FT%TZ)"
}

# json TEXT: TEXT as a JSON string.
json() {
  local text=${1//\\/\\\\}
  text=${text//\"/\\\"}
  printf '"%s"' "${text//[[:cntrl:]]/ }"
}

# What only build.sh sets.
ADOPT='' JOB_ORDER=() SOURCE='' UNPACKING=''

# Seconds that each step takes on a machine with two processors.
declare -A STEP_COST=([fetch]=6 [unpack]=7 [relocate]=2 [target]=1 [libraries]=205 [prune]=1 [prove]=5)

# seconds_left PHASE: by the same measure, how long all that is unfinished will take.
seconds_left() {
  local name left=0
  [ "$1" != done ] || { echo 0 && return; }
  for name in "${!STEP_COST[@]}"; do
    finished "$name" || left=$((left + STEP_COST[$name]))
  done
  [ "${#JOB_ORDER[@]}" = 0 ] || finished libraries || left=$((left - STEP_COST[libraries] + $(jobs_left)))
  echo "$left"
}

# progress PHASE NAME INDEX TOTAL [MESSAGE [BYTES TOTAL_BYTES]]: one line of report.
progress() {
  local left=null
  [ -n "$ADOPT" ] || [ "$1" = wait ] || left=$(seconds_left "$1")
  if [ "$PROGRESS" = json ]; then
    printf '::progress {"phase":%s,"name":%s,"index":%d,"total":%d,"message":%s,"left":%s,"bytes":%s,"totalBytes":%s}\n' \
      "$(json "$1")" "$(json "$2")" "$3" "$4" "$(json "${5:-}")" "$left" "${6:-null}" "${7:-null}" >&3
  else
    printf '%4ds  %-9s %d/%d %s%s\n' "$SECONDS" "$1" "$3" "$4" "$2" "${5:+ ($5)}" >&3
  fi
  printf '%4ds  %s %s (%d of %d)%s\n' "$SECONDS" "$1" "$2" "$3" "$4" "${5:+: $5}"
}

# die TEXT...: reports why the install cannot go on, and ends.
die() {
  ERROR_REPORTED=1
  if [ "${PROGRESS:-text}" = json ]; then
    printf '::error {"message":%s}\n' "$(json "$*")" >&3
  else
    printf 'error: %s\n' "$*" >&3
  fi
  printf 'error: %s\n' "$*"
  exit 1
}

# A command that failed without a word of ours still ends in a report.
on_exit() {
  local status=$?
  trap - EXIT
  if [ "$status" -ne 0 ] && [ -z "${ERROR_REPORTED:-}" ]; then
    [ ! -s "$WORK/log/${STEP:-}.log" ] || tail -n 30 "$WORK/log/$STEP.log"
    die "the step \"${STEP:-start}\" failed (status $status). The log is $PREFIX/install.log."
  fi
}

# step NAME FUNCTION ARG...: runs FUNCTION unless an earlier run has finished it.
step() {
  STEP=$1
  finished "$1" && return
  progress "$1" "$1" 1 1
  "${@:2}"
  finish "$1"
}
finished() { [ -e "$WORK/done/$1" ]; }
finish() { : >"$WORK/done/$1"; }

# One install at a time in a prefix. The lock is inherited by every process started here, so it also waits for
# what a killed run may have left running.
lock_prefix() {
  exec 9>"$PREFIX/.lock"
  flock --nonblock 9 && return
  progress wait lock 1 1 "another install is at work in $PREFIX"
  flock 9
}

# Half an install holds the paths of its place, and of what another version of the recipe has made one part may not fit
# the next: the finished parts of one that was moved, or begun by another recipe, are useless.
discard_what_does_not_fit() {
  local place
  place="$PREFIX $(cat "$HERE"/{RECIPE,build.sh,libraries.list} "$HERE"/{lib,files,ffi}/* | cksum)"
  if [ -f "$WORK/place" ] && [ "$(cat "$WORK/place")" != "$place" ]; then
    find "$PREFIX" -mindepth 1 -maxdepth 1 ! -name install.log ! -name .lock -exec rm -rf {} +
    mkdir -p "$WORK"/{done,log,tmp,home}
  fi
  echo "$place" >"$WORK/place"
}

# Ends the whole process group when the caller's end of stdin closes, however the caller died.
die_with_caller() {
  exec 8<&0 0</dev/null
  (
    while read -r _ <&8; do :; done
    kill -KILL -- "-$$"
  ) 3>&- &
  exec 8<&-
}

# What the user's shell says about compilers, packages and locales must not reach the build; proxies must.
clean_environment() {
  unset "${!GHC@}" "${!CABAL@}" "${!LD_@}" CC CXX CPP CFLAGS CPPFLAGS CXXFLAGS LDFLAGS LIBS CONFIG_SITE CPATH \
    C_INCLUDE_PATH CPLUS_INCLUDE_PATH LIBRARY_PATH COMPILER_PATH CCC_OVERRIDE_OPTIONS TAR_OPTIONS MAKEFLAGS LANGUAGE
  export LC_ALL=C.UTF-8 TMPDIR=$WORK/tmp HOME=$WORK/home XDG_CACHE_HOME=$WORK/home XDG_CONFIG_HOME=$WORK/home
  rm -rf "$WORK/tmp" && mkdir -p "$WORK/tmp"
}
