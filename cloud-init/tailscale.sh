#!/bin/sh
# Joins the tailnet, once, with the key in /etc/groundwork/tailscale.key, and deletes the key. Run as often as you like.
set -eu
ROOT=${ROOT:-}
# shellcheck source=/dev/null
. "$ROOT/usr/local/lib/groundwork/lib.sh"
# shellcheck source=/dev/null
. "$ROOT/etc/groundwork/node.env"
key=$ROOT/etc/groundwork/tailscale.key

install_tailscale() {
  # shellcheck source=/dev/null
  . "$ROOT/etc/os-release"
  case "${ID:-}" in
    debian | ubuntu)
      curl -fsSL --connect-timeout 10 --max-time 60 -o "$ROOT/usr/share/keyrings/tailscale-archive-keyring.gpg" \
        "$GW_TAILSCALE_REPOSITORY/$ID/$VERSION_CODENAME.noarmor.gpg" || return 1
      printf 'deb [signed-by=/usr/share/keyrings/tailscale-archive-keyring.gpg] %s/%s %s main\n' \
        "$GW_TAILSCALE_REPOSITORY" "$ID" "$VERSION_CODENAME" | replace /etc/apt/sources.list.d/tailscale.list 0644
      ;;
    arch | fedora) ;; # in the distribution
    *) fail "Tailscale cannot be installed on '${ID:-unknown}' by this script: install it, then run again" ;;
  esac
  sh "$ROOT/usr/local/lib/groundwork/packages.sh" tailscale
}

if ! command -v tailscale >/dev/null 2>&1; then
  mkdir -p "$ROOT/usr/share/keyrings"
  retry 5 install_tailscale || fail "Tailscale could not be installed from $GW_TAILSCALE_REPOSITORY: check that the machine reaches it"
fi
systemctl is-enabled --quiet tailscaled.service 2>/dev/null || systemctl enable --quiet tailscaled.service
systemctl start tailscaled.service

if tailscale ip -4 >/dev/null 2>&1; then
  tailscale set --hostname="$GW_TAILSCALE_HOSTNAME" --advertise-routes="$GW_TAILSCALE_ROUTES" --accept-dns=false
else
  [ -s "$key" ] || fail "this machine is not in the tailnet and has no key to join it: replace it, or run 'tailscale up' by hand"
  # --accept-dns=false: a node's resolvers are inherited by its pods, and MagicDNS answers only the host.
  retry 3 tailscale up --auth-key="file:$key" --hostname="$GW_TAILSCALE_HOSTNAME" --advertise-tags="$GW_TAILSCALE_TAGS" \
    --advertise-routes="$GW_TAILSCALE_ROUTES" --accept-dns=false --timeout=60s ||
    fail "the tailnet did not accept this machine: is the key used or expired, or does its owner not own $GW_TAILSCALE_TAGS?"
fi
rm -f "$key"
