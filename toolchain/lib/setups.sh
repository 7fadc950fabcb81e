# Runs the libraries' Setups in one interpreter (files/Setup.hs), which stays as long as somebody may ask it: all that holds
# the descriptor 7.
# shellcheck shell=bash

start_setups() {
  local dir=$WORK/setups
  rm -rf "$dir" && mkdir -p "$dir"
  cp "$HERE/files/Setup.hs" "$dir/"
  mkfifo "$dir/requests"
  exec 7<>"$dir/requests"
  run_haskell "$dir/Setup.hs" <"$dir/requests" 7>&- >"$WORK/log/setups.log" 2>&1 &
  SETUPS=$!
}

stop_setups() {
  exec 7>&-
  wait "$SETUPS"
}

# run_setup NAME simple|configure COMMAND ARG... [-- COMMAND ARG...]...: in this folder, as a part of the job NAME.
run_setup() {
  local request=$WORK/setups/$1 answer=''
  rm -f "$request" "$request.reply"
  mkfifo "$request.reply"
  # shellcheck disable=SC2154 # the job's
  printf '%s\0' "$PWD" "$WORK/log/$1.log" "$request.reply" "$niceness" "${@:2}" >"$request"
  exec 6<>"$request.reply"
  echo "$request" >&7
  until read -r -t 2 answer <&6; do
    if ! kill -0 "$SETUPS"; then
      cat "$WORK/log/setups.log"
      return 1
    fi
  done
  exec 6>&-
  # shellcheck disable=SC2034 # the job's
  setup_seconds=${answer#done }
  [ "$answer" != failed ]
}
