# Functions that put a pinned program in place. Installed as /usr/local/lib/groundwork/binary.sh, for those that need one.
# shellcheck shell=sh

# is_pinned FILE SHA256
is_pinned() {
  [ -f "$1" ] && [ "$(sum_of "$1")" = "$2" ]
}

sum_of() {
  sha256sum "$1" | cut -d ' ' -f 1
}

# download URL FILE SHA256: FILE appears whole, with that checksum, or not at all.
download() {
  rm -f "$2.groundwork-new"
  curl -fsSL --connect-timeout 10 --max-time 300 -o "$2.groundwork-new" "$1" || return 1
  got=$(sum_of "$2.groundwork-new")
  if [ "$got" != "$3" ]; then
    say "$1 has SHA-256 $got, and $3 is expected"
    rm -f "$2.groundwork-new"
    return 1
  fi
  chmod 0755 "$2.groundwork-new" && mv -f "$2.groundwork-new" "$2"
}
