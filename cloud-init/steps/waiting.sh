# Waiting in a step: put in front of each, after lib.sh. Each step is bounded by its own $timeout (seconds).
# shellcheck shell=sh disable=SC2154 # timeout comes from the step's parameters

deadline=$(($(date +%s) + timeout))

# left: seconds until this step must have ended.
left() {
  printf '%s\n' "$((deadline - $(date +%s)))"
}

# wait_for PAUSE COMMAND...: until it succeeds; 1 when the time is up.
wait_for() {
  wait_pause=$1
  shift
  until "$@"; do
    [ "$(left)" -gt "$wait_pause" ] || return 1
    sleep "$wait_pause"
  done
}
