#!/bin/sh
# Docker as the distribution keeps it, running and new enough; and the pinned k3d, its checksum verified. Makes no
# cluster. Run as often as you like.
set -eu
ROOT=${ROOT:-}
# shellcheck source=/dev/null
. "$ROOT/usr/local/lib/groundwork/lib.sh"
# shellcheck source=/dev/null
. "$ROOT/usr/local/lib/groundwork/binary.sh"
# shellcheck source=/dev/null
. "$ROOT/etc/groundwork/node.env"

# Debian 13 has the client in a package of its own, which docker.io only recommends.
command -v docker >/dev/null 2>&1 || sh "$ROOT/usr/local/lib/groundwork/packages.sh" docker-cli
systemctl enable --quiet --now docker.service

# answers: sets $docker to the daemon's version.
answers() {
  docker=$(docker version --format '{{.Server.Version}}' 2>&1)
}
retry 5 answers || fail "docker does not answer: $docker. See 'journalctl -u docker'"

# at_least VERSION MINIMUM
at_least() {
  [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}
at_least "$docker" "$GW_DOCKER_MINIMUM" ||
  fail "docker is $docker here, and k3d needs $GW_DOCKER_MINIMUM or later: choose an image of a newer distribution"

case "$(uname -m)" in
  x86_64 | amd64) file=k3d-linux-amd64 sum=$GW_K3D_SHA256_AMD64 ;;
  aarch64 | arm64) file=k3d-linux-arm64 sum=$GW_K3D_SHA256_ARM64 ;;
  *) fail "k3d is installed on x86_64 and aarch64 only, and this machine is $(uname -m)" ;;
esac
binary=$ROOT/usr/local/bin/k3d

mkdir -p "$ROOT/usr/local/bin"
if is_pinned "$binary" "$sum"; then
  say "k3d $GW_K3D_VERSION is installed"
else
  retry 6 download "$GW_K3D_URL/$file" "$binary" "$sum" ||
    fail "k3d $GW_K3D_VERSION could not be had from $GW_K3D_URL/$file: check that the machine reaches it"
  say "k3d $GW_K3D_VERSION installed"
fi
