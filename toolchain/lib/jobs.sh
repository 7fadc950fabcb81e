# A small scheduler: jobs that need each other, as many side by side as the machine has processors for.
# A job is a function that runs in a subshell of its own, with a log of its own, and is marked when it succeeds.
# shellcheck shell=bash

JOB_ORDER=()
declare -A JOB_NEEDS JOB_CALL JOB_STATE JOB_PHASE JOB_COST

# job NAME PHASE COST "NEEDED JOBS" FUNCTION ARG...: earlier jobs go first when several could start.
job() {
  JOB_ORDER+=("$1")
  JOB_PHASE[$1]=$2 JOB_COST[$1]=$3 JOB_NEEDS[$1]=$4 JOB_CALL[$1]="${*:5}" JOB_STATE[$1]=waiting
}

# Seconds that the jobs would still take on the two processors of the machine where they were measured.
jobs_left() {
  local name left=0
  for name in "${JOB_ORDER[@]}"; do
    [ "${JOB_STATE[$name]}" = finished ] || left=$((left + JOB_COST[$name]))
  done
  echo $((left / 2))
}

run_jobs() {
  local slots=$((JOBS > 4 ? 4 : JOBS)) running=0 started=0 total=${#JOB_ORDER[@]} name pid failed=''
  local -A names=()
  STEP=libraries
  for name in "${JOB_ORDER[@]}"; do
    finished "$name" && JOB_STATE[$name]=finished && started=$((started + 1))
  done
  while :; do
    for name in "${JOB_ORDER[@]}"; do
      [ -z "$failed" ] && [ "$running" -lt "$slots" ] || break
      job_is_ready "$name" || continue
      started=$((started + 1)) running=$((running + 1)) JOB_STATE[$name]=running
      progress "${JOB_PHASE[$name]}" "$name" "$started" "$total"
      start_job "$name" &
      names[$!]=$name
    done
    [ "$running" -gt 0 ] || break
    if wait -n -p pid; then
      JOB_STATE[${names[$pid]}]=finished
    else
      # what runs beside it may still finish: then the next run has less to do
      failed=${failed:-${names[$pid]}}
    fi
    running=$((running - 1))
  done
  if [ -n "$failed" ]; then
    STEP=$failed
    return 1
  fi
}

job_is_ready() {
  local need
  [ "${JOB_STATE[$1]}" = waiting ] || return 1
  for need in ${JOB_NEEDS[$1]}; do
    [ "${JOB_STATE[$need]}" = finished ] || return 1
  done
}

start_job() {
  trap - EXIT
  set -e
  local began=$SECONDS
  exec >"$WORK/log/$1.log" 2>&1
  # shellcheck disable=SC2086
  ${JOB_CALL[$1]}
  finish "$1"
  printf '%4ds  %s took %d s\n' "$SECONDS" "$1" $((SECONDS - began)) >>"$PREFIX/install.log"
}
