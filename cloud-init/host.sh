#!/bin/sh
# Swap, kernel modules, kernel settings, SSH daemon: what the host is before Kubernetes comes. Run as often as you like.
set -eu
ROOT=${ROOT:-}
# shellcheck source=/dev/null
. "$ROOT/usr/local/lib/groundwork/lib.sh"

# The kubelet refuses to start with swap on. Commented out, not removed: whoever reads fstab later sees what was there.
swapoff -a
systemctl mask --quiet --now swap.target
if [ -f "$ROOT/etc/fstab" ]; then
  # First into a variable: a sed that fails must not leave half an fstab.
  fstab=$(sed 's/^[[:space:]]*[^#[:space:]][^[:space:]]*[[:space:]][[:space:]]*[^[:space:]]*[[:space:]][[:space:]]*swap[[:space:]].*/# off, for Kubernetes: &/' \
    "$ROOT/etc/fstab")
  printf '%s\n' "$fstab" | replace /etc/fstab 0644
fi

for module in br_netfilter overlay; do
  modprobe "$module" || say "kernel module $module is not available; k3s will say so if it needs it"
done
# Each setting that this kernel knows; one that it does not know must not stop the rest.
sysctl -q -e -p "$ROOT/etc/sysctl.d/90-groundwork.conf"

if [ -f "$ROOT/etc/ssh/sshd_config.d/10-groundwork.conf" ]; then
  # A daemon that does not parse its configuration would not come back after a reboot.
  mkdir -p "$ROOT/run/sshd"
  sshd -t || fail "sshd refuses its configuration: correct /etc/ssh/sshd_config.d and run again"
  systemctl try-reload-or-restart ssh.service 2>/dev/null || systemctl try-reload-or-restart sshd.service
fi
