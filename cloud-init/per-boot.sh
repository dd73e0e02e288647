#!/bin/sh
# cloud-init runs it at the end of every boot (/var/lib/cloud/scripts/per-boot): sets this machine up, once. Not by runcmd,
# which cloud-init notes as done before it runs it: a machine that lost its power in the middle would stay half set up.
set -eu
ROOT=${ROOT:-}
[ -f "$ROOT/var/lib/groundwork/bootstrapped" ] || sh "$ROOT/usr/local/lib/groundwork/bootstrap.sh"
