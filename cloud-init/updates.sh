#!/bin/sh
# updates.sh hold|release: keeps the distribution's automatic updates from taking the package lock, or from restarting
# services, while the machine is being set up; and turns them on again, never with a reboot of their own.
set -eu
ROOT=${ROOT:-}
# shellcheck source=/dev/null
. "$ROOT/usr/local/lib/groundwork/lib.sh"

units="apt-daily.timer apt-daily-upgrade.timer unattended-upgrades.service"

case "${1:-}" in
  hold)
    for unit in $units; do
      if systemctl cat "$unit" >/dev/null 2>&1; then systemctl mask --now --runtime "$unit"; fi
    done
    ;;
  release)
    if [ -d "$ROOT/etc/apt/apt.conf.d" ]; then
      # A node that reboots by itself takes an etcd member with it. Reboots are for whoever upgrades, one node at a time.
      replace /etc/apt/apt.conf.d/52groundwork 0644 <<'CONF'
Unattended-Upgrade::Automatic-Reboot "false";
CONF
    fi
    for unit in $units; do
      systemctl unmask --runtime "$unit" >/dev/null 2>&1 || true
      if systemctl cat "$unit" >/dev/null 2>&1; then systemctl start "$unit"; fi
    done
    ;;
  *) fail "updates.sh: say hold or release, not '${1:-}'" ;;
esac
