#!/bin/sh
# Sets this machine up: the steps below, in order, each of which may run again. Stops at the first that fails, by name.
# Written by Groundwork; the last line leaves /var/lib/groundwork/bootstrapped, which is what "set up" means.
set -eu
ROOT=${ROOT:-}
# shellcheck source=/dev/null
. "$ROOT/usr/local/lib/groundwork/lib.sh"

# step NAME <script
step() {
  step_script=$(cat)
  say "step $1"
  if sh -euc "$step_script" </dev/null; then
    return 0
  else
    step_code=$?
    mkdir -p "$ROOT/var/lib/groundwork"
    printf '%s\n' "$1" >"$ROOT/var/lib/groundwork/failed-step"
    fail "step $1 failed with code $step_code; correct what it says above, then run: sh /usr/local/lib/groundwork/bootstrap.sh"
  fi
}

# finished DIGEST
finished() {
  rm -f "$ROOT/var/lib/groundwork/failed-step"
  printf '%s\n' "$1" | replace /var/lib/groundwork/bootstrapped 0644
  say "this machine is set up"
}
export ROOT
