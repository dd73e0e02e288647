#!/bin/sh
# provision.sh: kernel modules and services that the platform's releases expect, as /etc/groundwork/provision.env lists
# them. Run as often as you like.
set -eu
ROOT=${ROOT:-}
# shellcheck source=/dev/null
. "$ROOT/usr/local/lib/groundwork/lib.sh"
# shellcheck source=/dev/null
. "$ROOT/etc/groundwork/provision.env"

for module in $GW_MODULES; do
  modprobe "$module" || say "kernel module $module is not available; what needs it will say so"
done
# A unit that the machine does not have is masked as well: a package may bring it later.
for unit in $GW_MASKED; do systemctl mask --quiet --now "$unit"; done
for unit in $GW_ENABLED; do systemctl enable --quiet --now "$unit"; done
