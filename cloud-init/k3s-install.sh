#!/bin/sh
# Puts the pinned k3s binary in place, its checksum verified, and its unit. Starts and enables nothing: there is no
# token on this machine yet. Run as often as you like.
set -eu
ROOT=${ROOT:-}
# shellcheck source=/dev/null
. "$ROOT/usr/local/lib/groundwork/lib.sh"
# shellcheck source=/dev/null
. "$ROOT/usr/local/lib/groundwork/binary.sh"
# shellcheck source=/dev/null
. "$ROOT/etc/groundwork/node.env"

case "$(uname -m)" in
  x86_64 | amd64) file=k3s sum=$GW_K3S_SHA256_AMD64 ;;
  aarch64 | arm64) file=k3s-arm64 sum=$GW_K3S_SHA256_ARM64 ;;
  *) fail "k3s is installed on x86_64 and aarch64 only, and this machine is $(uname -m)" ;;
esac
[ -n "$sum" ] || fail "no checksum of k3s $GW_K3S_VERSION for $(uname -m): add it to cluster.sha256 in the stack's configuration"
binary=$ROOT/usr/local/bin/k3s

mkdir -p "$ROOT/usr/local/bin"
if is_pinned "$binary" "$sum"; then
  say "k3s $GW_K3S_VERSION is installed"
elif [ -f "$binary" ] && systemctl is-active --quiet "$GW_K3S_UNIT"; then
  # The upgrade plans may have moved this node on; putting the pinned one back would be a downgrade.
  say "a k3s other than $GW_K3S_VERSION runs here and is left alone: running nodes are upgraded by the upgrade plans"
else
  retry 6 download "$GW_K3S_URL/$file" "$binary" "$sum" ||
    fail "k3s $GW_K3S_VERSION could not be had from $GW_K3S_URL/$file: check that the machine reaches it, or set cluster.mirror"
  say "k3s $GW_K3S_VERSION installed"
fi

for name in kubectl crictl ctr; do
  [ -e "$ROOT/usr/local/bin/$name" ] || [ -L "$ROOT/usr/local/bin/$name" ] || ln -s k3s "$ROOT/usr/local/bin/$name"
done
systemctl daemon-reload
