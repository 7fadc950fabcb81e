# A small scheduler: jobs that need each other, side by side. A job is a function that runs in a subshell of its own,
# with a log of its own, and is marked when it succeeds. There is one job more than processors, for each of them has
# parts that use but one. What most of the work waits for comes first and has precedence.
# shellcheck shell=bash

JOB_ORDER=()
declare -A JOB_NEEDS JOB_CALL JOB_STATE JOB_PHASE JOB_COST JOB_CHAIN

# job NAME PHASE COST "NEEDED JOBS" FUNCTION ARG...
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

# The cost of each job and of the longest chain of those that wait for it; and the order by that.
find_chains() {
  local name need chain again=1
  for name in "${JOB_ORDER[@]}"; do JOB_CHAIN[$name]=${JOB_COST[$name]}; done
  while [ "$again" ]; do
    again=''
    for name in "${JOB_ORDER[@]}"; do
      for need in ${JOB_NEEDS[$name]}; do
        chain=$((JOB_COST[$need] + JOB_CHAIN[$name]))
        [ "$chain" -le "${JOB_CHAIN[$need]}" ] || JOB_CHAIN[$need]=$chain again=1
      done
    done
  done
  mapfile -t JOB_ORDER < <(for name in "${JOB_ORDER[@]}"; do echo "${JOB_CHAIN[$name]} $name"; done | sort -s -k 1,1nr | cut -d ' ' -f 2)
}

# By how much a job gives way to that with the longest chain of those that are not finished (`nice`, 0 to 19): by half of the
# seconds that it can wait before others wait for it. What can wait fills what the longest chain leaves of the processors; if
# it took a fair share instead, nothing would be left to fill the end with, where one library after the other is alone.
job_niceness() {
  local name slack=0
  for name in "${JOB_ORDER[@]}"; do
    [ "${JOB_STATE[$name]}" != finished ] && slack=$(((JOB_CHAIN[$name] - JOB_CHAIN[$1]) / 2)) && break
  done
  echo $((slack < 19 ? slack : 19))
}

run_jobs() {
  local slots=$((JOBS > 3 ? 4 : JOBS > 1 ? JOBS + 1 : 1)) running=0 started=0 total=${#JOB_ORDER[@]} name pid status failed=''
  local -A names=()
  STEP=libraries
  find_chains
  for name in "${JOB_ORDER[@]}"; do
    finished "$name" && JOB_STATE[$name]=finished && started=$((started + 1))
  done
  while :; do
    for name in "${JOB_ORDER[@]}"; do
      [ -z "$failed" ] && [ "$running" -lt "$slots" ] || break
      job_is_ready "$name" || continue
      started=$((started + 1)) running=$((running + 1)) JOB_STATE[$name]=running
      progress "${JOB_PHASE[$name]}" "$name" "$started" "$total"
      start_job "$name" "$(job_niceness "$name")" &
      names[$!]=$name
    done
    [ "$running" -gt 0 ] || break
    status=0
    wait -n -p pid || status=$?
    name=${names[$pid]:-}
    [ -n "$name" ] || continue # the interpreter of the Setups has died: who waits for it finds out
    if [ "$status" = 0 ]; then
      JOB_STATE[$name]=finished
    else
      # what runs beside it may still finish: then the next run has less to do
      failed=${failed:-$name}
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

# start_job NAME NICENESS
start_job() {
  trap - EXIT
  set -e
  local began=$SECONDS processors niceness=$2 setup_seconds=0
  renice -n "$niceness" -p "$BASHPID" >/dev/null || true
  : >"$WORK/log/$1.log"
  exec >>"$WORK/log/$1.log" 2>&1
  # shellcheck disable=SC2086
  ${JOB_CALL[$1]}
  finish "$1"
  times
  processors=$(tail -n 1 "$WORK/log/$1.log")
  printf '%4ds  %s took %d s (processors: %s, Setup %s s)\n' "$SECONDS" "$1" $((SECONDS - began)) "$processors" "$setup_seconds" >>"$PREFIX/install.log"
}
