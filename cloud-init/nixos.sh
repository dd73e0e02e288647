#!/bin/sh
# Makes this NixOS host what groundwork.nix says, when it is not yet. Run as often as you like.
set -eu
ROOT=${ROOT:-}
# shellcheck source=/dev/null
. "$ROOT/usr/local/lib/groundwork/lib.sh"
# shellcheck source=/dev/null
. "$ROOT/etc/groundwork/node.env"
done=/var/lib/groundwork/nixos
unit=$ROOT/etc/systemd/system/$GW_K3S_UNIT.service

# A command over SSH has no login's environment, and without it nixos-rebuild finds no configuration.
if [ -f "$ROOT/etc/set-environment" ]; then
  set +u
  # shellcheck source=/dev/null
  . "$ROOT/etc/set-environment"
  set -u
fi

wanted=$(cat "$ROOT/etc/nixos/groundwork.nix" "$ROOT/etc/nixos/groundwork.json" | sha256sum | cut -d ' ' -f 1)
if [ "$(cat "$ROOT$done" 2>/dev/null)" != "$wanted" ] || [ ! -e "$unit" ]; then
  nixos-rebuild switch ||
    fail "nixos-rebuild switch failed: see above. When it speaks of a setting that is defined twice, take the host's own away"
  [ -e "$unit" ] ||
    fail "this host's configuration does not import the module /etc/nixos/groundwork.nix: write imports = [ ./groundwork.nix ]; into /etc/nixos/configuration.nix, beside what is there; then run again"
  printf '%s\n' "$wanted" | replace "$done" 0644
fi
swapoff -a
say "NixOS is as groundwork.nix says"
