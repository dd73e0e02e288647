#!/bin/sh
# Before every start of k3s: tells it which address and interface carry traffic between nodes. Found now, because an
# interface's name can change with the hardware, and a tailnet address is known only once the machine has joined.
set -eu
ROOT=${ROOT:-}
# shellcheck source=/dev/null
. "$ROOT/usr/local/lib/groundwork/lib.sh"
# shellcheck source=/dev/null
. "$ROOT/etc/groundwork/node.env"

case "$GW_TRANSPORT" in
  tailnet)
    address=$(tailscale ip -4 2>/dev/null | head -n 1)
    interface=tailscale0
    [ -n "$address" ] || fail "this machine has no tailnet address yet: look at 'tailscale status'"
    ;;
  *)
    address=$GW_ADDRESS
    interface=$(interface_of "$address")
    [ -n "$interface" ] || fail "no interface has the address $address: look at 'systemctl status groundwork-network'"
    ;;
esac

{
  printf 'node-ip: "%s"\n' "$address"
  # Without it flannel takes the interface of the default route, which may be the public one.
  [ "$GW_FLANNEL" = none ] || printf 'flannel-iface: "%s"\n' "$interface"
} | replace /etc/rancher/k3s/config.yaml.d/20-address.yaml 0600
