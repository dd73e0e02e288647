#!/bin/sh
# packages.sh NAME...: installs what is missing, with whichever package manager the machine has.
set -eu
ROOT=${ROOT:-}
# shellcheck source=/dev/null
. "$ROOT/usr/local/lib/groundwork/lib.sh"

installed() {
  case "$manager" in
    apt-get) [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ] ;;
    dnf | zypper) rpm -q "$1" >/dev/null 2>&1 ;;
    pacman) pacman -Q "$1" >/dev/null 2>&1 ;;
  esac
}

manager=
for candidate in apt-get dnf zypper pacman; do
  if command -v "$candidate" >/dev/null 2>&1; then manager=$candidate && break; fi
done
[ -n "$manager" ] || fail "no apt-get, dnf, zypper or pacman here: install these by hand, then run again: $*"

for package in "$@"; do
  shift
  installed "$package" || set -- "$@" "$package"
done
[ "$#" -gt 0 ] || exit 0

say "installing $*"
case "$manager" in
  apt-get)
    export DEBIAN_FRONTEND=noninteractive
    # The lock may still be held by the image's own first update.
    set -- -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 install "$@"
    retry 5 apt-get -q -o DPkg::Lock::Timeout=300 update ||
      fail "apt-get could not read its package lists: check that the machine reaches the internet, and that nothing holds apt's lock"
    ;;
  dnf) set -- -y install "$@" ;;
  zypper) set -- --non-interactive install "$@" ;;
  # Not -Sy: newer packages beside older ones break an Arch that is not upgraded whole, and that is its owner's to do.
  pacman) set -- -S --noconfirm --needed "$@" ;;
esac
retry 5 "$manager" "$@" || fail "$manager could not install the packages: check that the machine reaches the internet, and that it is up to date"
