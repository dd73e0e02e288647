#!/bin/sh
# Sends what comes from the private network out under this machine's public address, and lets nothing in unasked.
# At every boot, as groundwork-gateway.service. Run as often as you like: the table is replaced whole.
set -eu
ROOT=${ROOT:-}
# shellcheck source=/dev/null
. "$ROOT/usr/local/lib/groundwork/lib.sh"
# shellcheck source=/dev/null
. "$ROOT/etc/groundwork/node.env"

waited=0
until public=$(ip -o -4 route show default | awk '{ for (i = 1; i < NF; i++) if ($i == "dev") { print $(i + 1); exit } }') &&
  [ -n "$public" ]; do
  [ "$waited" -lt 120 ] || fail "no default route after ${waited}s: a gateway needs a public IPv4 address of its own"
  sleep 2
  waited=$((waited + 2))
done
private=$(interface_of "$GW_ADDRESS")
[ "$public" != "$private" ] ||
  fail "the default route leaves through $public, which is the private interface: give the gateway a public IPv4 address"

sysctl -q -w net.ipv4.ip_forward=1

# One ruleset, loaded in one transaction. The metadata rule keeps nodes from reading the gateway's own user data.
nft -f - <<RULES
table inet groundwork_gateway
delete table inet groundwork_gateway
table inet groundwork_gateway {
  chain forward {
    type filter hook forward priority filter; policy accept;
    ct state established,related accept
    ip daddr 169.254.169.254 counter drop
    iifname "$public" counter drop
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr $GW_CIDR oifname "$public" masquerade
  }
}
RULES
say "gateway: $GW_CIDR leaves through $public"
