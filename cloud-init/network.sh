#!/bin/sh
# Makes the private network usable: the interface's MTU, the way out, the resolvers. First step of the bootstrap and,
# as groundwork-network.service, at every boot. Run as often as you like.
set -eu
ROOT=${ROOT:-}
# shellcheck source=/dev/null
. "$ROOT/usr/local/lib/groundwork/lib.sh"
# shellcheck source=/dev/null
. "$ROOT/etc/groundwork/node.env"

waited=0
until interface=$(interface_of "$GW_ADDRESS") && [ -n "$interface" ]; do
  [ "$waited" -lt 120 ] || fail "no interface has the address $GW_ADDRESS after ${waited}s; the machine has: $(
    ip -o -4 addr show | awk '{ printf "%s %s, ", $2, $4 }'
  )check that it is attached to the network with that address"
  sleep 2
  waited=$((waited + 2))
done

# Hetzner's networks carry 1450 bytes; a larger frame is lost without a word.
ip link set dev "$interface" mtu "$GW_MTU"

if [ "$GW_EGRESS" = gateway ]; then
  # Since 11 August 2025 Hetzner's DHCP hands out no default route on a network. The address is a /32, so the network's
  # router is not in a subnet of the interface: hence onlink.
  ip route replace default via "$GW_GATEWAY" dev "$interface" onlink
fi

# networkd would drop the route above, and those of the pod network, each time it is restarted (by an upgrade of
# systemd, for one). Read when it next starts.
replace /etc/systemd/networkd.conf.d/50-groundwork.conf 0644 <<'CONF'
[Network]
ManageForeignRoutes=no
ManageForeignRoutingPolicyRules=no
CONF

if [ -n "$GW_NAMESERVERS" ]; then
  if systemctl is-active --quiet systemd-resolved; then
    changed=$(printf '[Resolve]\nDNS=%s\nDomains=~.\n' "$GW_NAMESERVERS" |
      replace /etc/systemd/resolved.conf.d/50-groundwork.conf 0644)
    if [ -n "$changed" ]; then systemctl restart systemd-resolved; fi
  elif [ ! -L "$ROOT/etc/resolv.conf" ]; then
    for server in $GW_NAMESERVERS; do printf 'nameserver %s\n' "$server"; done |
      replace /etc/resolv.conf 0644
  fi
fi
say "network: $GW_ADDRESS on $interface, MTU $GW_MTU, way out: $GW_EGRESS"
