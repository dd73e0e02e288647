#!/bin/sh
# lan.sh: whether a host that exists is in its network as the stack file says: with its address, and with an interface that
# carries as much as its peers'. Changes nothing.
set -eu
ROOT=${ROOT:-}
# shellcheck source=/dev/null
. "$ROOT/usr/local/lib/groundwork/lib.sh"
# shellcheck source=/dev/null
. "$ROOT/etc/groundwork/node.env"

interface=$(interface_of "$GW_ADDRESS")
[ -n "$interface" ] || fail "no interface has the address $GW_ADDRESS; the host has: $(
  ip -o -4 addr show | awk '{ printf "%s %s, ", $2, $4 }'
)give it the one of the stack file, or write its own there"

# Over the tailnet it does not matter: what leaves there is smaller.
mtu=$(cat "$ROOT/sys/class/net/$interface/mtu" 2>/dev/null || true)
if [ "$GW_TRANSPORT" != tailnet ] && [ -n "$mtu" ] && [ "$mtu" != "$GW_MTU" ]; then
  fail "$interface carries packets of $mtu bytes, and the stack file says $GW_MTU for its network: nodes that differ lose each other's large packets without a word. Set the MTU of $interface, or write mtu: $mtu for the network when that is what all of them have"
fi
say "network: $GW_ADDRESS on $interface"
